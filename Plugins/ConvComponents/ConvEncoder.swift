public import Layers
public import TensorCore
public import VAECore

/// Convolutions over images `[batch, height, width, channels]` of any size, then fully connected
/// layers.
///
/// The dense layers read the last image in memory order, row by row with the channels innermost. A
/// network that flattens `[channels, height, width]` has the same weights with the columns of the
/// first dense weight in another order.
public struct ConvEncoder: LayeredEncoder {
  public let observationShape: Shape
  public let featureCount: Int
  public let featureShape: Shape
  private let isGrid: Bool
  private let stages: Sequential
  private let hidden: [Dense]

  /// `stages` gives the convolutions and `hidden` the width of each dense layer, in order.
  ///
  /// As a grid the features are what the last convolution gives, `[height, width, channels]`, and there are no dense layers.
  /// Throws where the observations are no images.
  public init(
    observationShape: Shape, stages: [ConvStage], hidden: [Int] = [],
    isGrid: Bool = false, activation: Activation = .relu, batchNorm: Bool = false,
    style: ConvStyle = .plain, initializer: Initializer = .lecunNormal, using key: inout RandomKey
  ) throws(CompositionError) {
    try requireImages(observationShape, stages: stages, hidden: hidden)
    self.observationShape = observationShape
    let maker = StageMaker(
      style: style, activation: activation, batchNorm: batchNorm, initializer: initializer)
    var (size, channels) = (
      ImageSize(height: observationShape[0], width: observationShape[1]), observationShape[2]
    )
    var layers: [any Layer] = []
    for stage in stages {
      layers.append(maker.encoding(channels, stage, from: size, using: &key))
      (size, channels) = (size.encoded(by: stage), stage.channels)
    }
    self.stages = Sequential(layers)
    self.isGrid = isGrid
    guard !isGrid else {
      featureShape = [size.height, size.width, channels]
      featureCount = featureShape.count
      self.hidden = []
      return
    }
    let widths = [size.height * size.width * channels] + hidden
    self.hidden = Dense.chain(
      widths, activation: activation, initializer: initializer, using: &key)
    featureCount = widths[widths.count - 1]
    featureShape = [featureCount]
  }

  public var parts: KeyValuePairs<String, any ModulePart> {
    ["stages": stages, "hidden": hidden]
  }

  public func callAsFunction(_ x: Variable, _ context: inout Context) -> Variable {
    let image = stages(x, &context)
    if isGrid { return image }
    return hidden.reduce(image.flattenedPerExample()) { $1($0, &context) }
  }

  /// What each of its stages gives, `[batch, height, width, channels]`.
  public func activations(of x: Variable, _ context: inout Context) -> [Variable] {
    var all: [Variable] = []
    for stage in stages.layers { all.append(stage(all.last ?? x, &context)) }
    return all
  }
}
