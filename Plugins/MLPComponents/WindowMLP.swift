public import Layers
public import TensorCore
public import VAECore

/// Fully connected layers over all frames of a sequence at once.
///
/// Shorter sequences are filled up with zeros, the mean of what is standardized.
public struct WindowMLPEncoder: Encoder, LengthLimited {
  public typealias Observation = Sequences
  public let observationShape: Shape
  public let featureCount: Int
  /// Frames that it reads.
  public let length: Int
  private let layers: Sequential

  /// `frameCount` numbers make a frame, `length` frames the longest sequence; `hidden` gives the width
  /// of each layer.
  public init(
    frameCount: Int, length: Int, hidden: [Int], activation: Activation = .relu,
    style: MLPStyle = .plain, initializer: Initializer = .pytorch,
    using key: inout RandomKey
  ) {
    observationShape = [frameCount]
    self.length = length
    let widths = [length * frameCount] + hidden
    featureCount = widths[hidden.count]
    layers = Sequential(
      style.hiddenLayers(widths, activation: activation, initializer: initializer, using: &key))
  }

  public var maximumLength: Int? { length }

  public var parts: KeyValuePairs<String, any ModulePart> { ["layers": layers] }

  public func callAsFunction(_ x: Sequences, _ context: inout Context) -> Variable {
    precondition(x.time <= length, "sequences of \(x.time) frames, and \(length) are read")
    let real = Variable(x.values * x.mask(x.values.dtype).expanded(at: -1))
    let whole = real.padded(along: 1, before: 0, after: length - x.time)
    return layers(whole.flattenedPerExample(), &context)
  }
}

/// Fully connected layers from the code to the parameters of all frames at once; what came before a
/// frame is not fed back.
public struct WindowMLPDecoder: SequenceDecoder, LengthLimited {
  public let latentCount: Int
  public let parameterShape: Shape
  /// Frames that it gives.
  public let length: Int
  private let layers: Sequential

  /// `length` is that of the longest sequence; `hidden` gives the width of each hidden layer, in order,
  /// and a linear layer to the parameters follows.
  public init(
    latentCount: Int, length: Int, hidden: [Int], parameterShape: Shape,
    activation: Activation = .relu, style: MLPStyle = .plain, initializer: Initializer = .pytorch,
    using key: inout RandomKey
  ) {
    self.latentCount = latentCount
    self.parameterShape = parameterShape
    self.length = length
    let widths = [latentCount] + hidden
    let inner = style.hiddenLayers(
      widths, activation: activation, initializer: initializer, using: &key)
    let last = Dense(
      widths[hidden.count], length * parameterShape.count, initializer: initializer, using: &key)
    layers = Sequential(inner + [last])
  }

  public var maximumLength: Int? { length }

  public var parts: KeyValuePairs<String, any ModulePart> { ["layers": layers] }

  public func callAsFunction(
    _ codes: Variable, teaching x: Sequences, _ context: inout Context
  ) -> Variable {
    precondition(x.time <= length, "sequences of \(x.time) frames, and \(length) are written")
    return frames(codes, &context).sliced(along: 1, 0..<x.time)
  }

  private func frames(_ codes: Variable, _ context: inout Context) -> Variable {
    layers(codes, &context).reshaped(to: [codes.shape[0], length] + parameterShape)
  }

  public func state(from codes: Tensor) -> State {
    var context = Context.inference()
    return State(frames: frames(Variable(codes), &context).value, place: 0)
  }

  /// The parameters of all frames, and how many have been given.
  public struct State: DecoderState {
    fileprivate let frames: Tensor
    fileprivate var place: Int

    public mutating func next(after previous: Tensor?) -> Tensor {
      precondition(place < frames.shape[1], "\(frames.shape[1]) frames are written, and no more")
      defer { place += 1 }
      let one = frames.sliced(along: 1, place..<(place + 1))
      return one.reshaped(to: [frames.shape[0]] + frames.shape.dimensions.dropFirst(2))
    }

    public func gathered(_ rows: Tensor) -> State {
      State(frames: frames.gathered(rows, along: 0), place: place)
    }
  }
}
