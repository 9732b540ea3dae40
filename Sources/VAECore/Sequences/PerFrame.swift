public import Layers
public import TensorCore

/// A likelihood of single frames, applied to each real step of sequences of frames.
///
/// log p(x | z) = Σ log p(frame | its parameters) over the frames that are not padding.
public struct PerFrame<Frame: Likelihood<Tensor>>: Likelihood {
  /// A batch of sequences.
  public typealias Observation = Sequences

  /// The likelihood of one frame `[features]`.
  public let frame: Frame

  /// Sequences whose frames have the likelihood `frame`.
  public init(_ frame: Frame) { self.frame = frame }

  /// The frame's own parameters.
  public var parts: KeyValuePairs<String, any ModulePart> { ["frame": frame] }

  /// Shape of the parameters of one step.
  public func parameterShape(forObservation shape: Shape) -> Shape {
    frame.parameterShape(forObservation: shape)
  }

  /// The frames' distributions, for parameters `[batch, time] + parameterShape`.
  public func callAsFunction(
    _ parameters: Variable, _ context: inout Context
  ) -> FrameSequences<Frame.Output> {
    let (count, time) = (parameters.shape[0], parameters.shape[1])
    let flat = parameters.reshaped(to: [count * time] + parameters.shape.dimensions.dropFirst(2))
    return FrameSequences(frame(flat, &context), count: count, time: time)
  }

  /// Throws where the frame's likelihood gives a frame no meaning.
  public func validate(_ x: Sequences) throws(ObservationError) {
    try frame.validate(
      x.values.reshaped(to: [x.count * x.time] + x.values.shape.dimensions.dropFirst(2)))
  }
}

extension PerFrame: Sendable where Frame: Sendable {}

/// Sequences of frames that are independent given the parameters.
public struct FrameSequences<Frame: Distribution<Variable>>: Distribution {
  /// The frames of all steps of all rows, one after the other.
  public let frames: Frame
  private let count: Int
  private let time: Int

  /// `count` sequences of `time` of the frames.
  public init(_ frames: Frame, count: Int, time: Int) {
    self.frames = frames
    self.count = count
    self.time = time
  }

  /// The sum over the steps that are real.
  public func logProbability(of x: Sequences, _ context: inout Context) -> Variable? {
    let flat = x.values.reshaped(to: [count * time] + x.values.shape.dimensions.dropFirst(2))
    context.realRows = x.mask(x.values.dtype).reshaped(to: [count * time])
    defer { context.realRows = nil }
    return frames.logProbability(of: Variable(flat), &context).map { each in
      (each.reshaped(to: [count, time]) * Variable(x.mask(each.dtype))).sum(along: 1)
    }
  }

  /// The expected frames; every step counts as real.
  public func mean(_ context: inout Context) -> Sequences { sequences(frames.mean(&context)) }

  /// Frames drawn; every step counts as real.
  public func sample(_ context: inout Context) -> Sequences { sequences(frames.sample(&context)) }

  /// The same sequences with each parameter through `f`.
  public func mapParameters(_ f: (Variable) -> Variable) -> FrameSequences {
    var rows = count
    let mapped = frames.mapParameters { parameter in
      let rest = parameter.shape.dimensions.dropFirst()
      let changed = f(parameter.reshaped(to: [count, time] + rest))
      rows = changed.shape[0]
      return changed.reshaped(to: [rows * time] + rest)
    }
    return FrameSequences(mapped, count: rows, time: time)
  }

  private func sequences(_ frames: Variable) -> Sequences {
    Sequences(
      values: frames.value.reshaped(to: [count, time, frames.shape[1]]),
      lengths: Array(repeating: time, count: count))
  }

  /// Whether frames have a density.
  public static var hasDensity: Bool { Frame.hasDensity }
}

private enum RealRowsKey: ContextKey {
  static var initial: Tensor? { nil }
}

extension Context {
  /// 1 for each row that a distribution of frames is asked about, 0 for those that only fill shorter
  /// sequences up, `[rows]`; nil where all are real.
  public fileprivate(set) var realRows: Tensor? {
    get { self[RealRowsKey.self] }
    set { self[RealRowsKey.self] = newValue }
  }
}
