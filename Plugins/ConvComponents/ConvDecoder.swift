public import Layers
public import TensorCore
public import VAECore

/// Fully connected layers to a small image, then transposed convolutions that land exactly on the
/// parameters' size.
///
/// The sizes on the way are those an encoder with the same strides passes through, backwards. The
/// dense layers write the first image in memory order, row by row with the channels innermost.
public struct ConvDecoder: Decoder {
  public let codeShape: Shape
  public let parameterShape: Shape
  private let hidden: [Dense]
  private let base: any Layer
  private let baseShape: Shape
  private let stages: Sequential
  private let output: any Layer

  /// `hidden` gives the width of each dense layer and `stages` the transposed convolutions, in
  /// order.
  ///
  /// Codes that are grids `[height, width, channels]` are the small image already, but for a convolution to `baseChannels`; there are
  /// no dense layers.
  ///
  /// Between them stands a dense layer to `baseChannels` small images (as many as the first stage
  /// gives, unless told otherwise), activated by `baseActivation` (the others' activation, unless
  /// told otherwise). The last layer, linear, gives the parameters' channels: a convolution where
  /// `output.stride` is 1, a transposed one otherwise; its `channels` are ignored. Throws where the
  /// parameters are no images.
  public init(
    codeShape: Shape, hidden: [Int] = [], stages: [ConvStage], parameterShape: Shape,
    output: ConvStage = ConvStage(1, stride: 1), baseChannels: Int? = nil,
    baseActivation: Activation? = nil, activation: Activation = .relu, batchNorm: Bool = false,
    style: ConvStyle = .plain, initializer: Initializer = .lecunNormal, using key: inout RandomKey
  ) throws(CompositionError) {
    let first = baseChannels ?? stages.first?.channels ?? parameterShape.dimensions.last ?? 1
    try requireImages(parameterShape, stages: stages + [output], hidden: hidden + [first])
    self.codeShape = codeShape
    self.parameterShape = parameterShape
    var last = output
    last.channels = parameterShape[2]

    // Backwards from the parameters: the size that each stage is to reach.
    var size = ImageSize(height: parameterShape[0], width: parameterShape[1])
    let full = size
    size = size.encoded(by: last)
    var targets: [ImageSize] = []
    for stage in stages.reversed() {
      targets.append(size)
      size = size.encoded(by: stage)
    }
    baseShape = [size.height, size.width, first]

    if codeShape.rank == 3 {
      guard codeShape[0] == size.height, codeShape[1] == size.width else {
        throw CompositionError(
          incompatible:
            "codes are grids of \(codeShape[0])x\(codeShape[1]), but the stages lead from "
            + "\(size.height)x\(size.width) to \(parameterShape[0])x\(parameterShape[1]); give encoder and decoder "
            + "strides that undo each other")
      }
      self.hidden = []
      base = Conv2D(
        codeShape[2], first, kernel: 3, padding: 1, activation: baseActivation ?? activation,
        initializer: initializer, using: &key)
    } else {
      let width = codeShape.count
      self.hidden = Dense.chain(
        [width] + hidden, activation: activation, initializer: initializer, using: &key)
      base = Dense(
        hidden.last ?? width, baseShape.count, activation: baseActivation ?? activation,
        initializer: initializer, using: &key)
    }
    let maker = StageMaker(
      style: style, activation: activation, batchNorm: batchNorm, initializer: initializer)
    var channels = first
    var layers: [any Layer] = []
    for (stage, target) in zip(stages, targets.reversed()) {
      layers.append(maker.decoding(channels, stage, to: target, using: &key))
      channels = stage.channels
    }
    self.stages = Sequential(layers)
    if last.stride == 1 {
      self.output = Conv2D(
        channels, last.channels, kernel: (last.kernel, last.kernel), window: full.window(last),
        initializer: initializer, using: &key)
    } else {
      self.output = full.transposedConvolution(
        channels, last, activation: .identity, bias: true, initializer: initializer, using: &key)
    }
  }

  /// A decoder of rows of codes.
  public init(
    latentCount: Int, hidden: [Int] = [], stages: [ConvStage], parameterShape: Shape,
    output: ConvStage = ConvStage(1, stride: 1), baseChannels: Int? = nil,
    baseActivation: Activation? = nil, activation: Activation = .relu, batchNorm: Bool = false,
    style: ConvStyle = .plain, initializer: Initializer = .lecunNormal, using key: inout RandomKey
  ) throws(CompositionError) {
    try self.init(
      codeShape: [latentCount], hidden: hidden, stages: stages, parameterShape: parameterShape,
      output: output, baseChannels: baseChannels, baseActivation: baseActivation,
      activation: activation, batchNorm: batchNorm, style: style, initializer: initializer,
      using: &key)
  }

  public var latentCount: Int { codeShape.count }

  public var parts: KeyValuePairs<String, any ModulePart> {
    ["hidden": hidden, "base": base, "stages": stages, "output": output]
  }

  public func callAsFunction(_ codes: Variable, _ context: inout Context) -> Variable {
    let features = base(hidden.reduce(codes) { $1($0, &context) }, &context)
    let image = features.reshaped(to: [codes.shape[0]] + baseShape)
    return output(stages(image, &context), &context)
  }
}
