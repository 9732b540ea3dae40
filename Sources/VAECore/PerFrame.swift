public import Layers
public import TensorCore

/// A likelihood of single frames, applied to each real step of sequences of frames.
///
/// log p(x | z) = Σ log p(frame | its parameters) over the frames that are not padding.
public struct PerFrame<Frame: Likelihood<Tensor>>: Likelihood {
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

  /// log p(x | z) in nats: `[batch]`, for parameters `[batch, time] + parameterShape`.
  public func logProbability(
    of x: Sequences, given parameters: Variable, _ context: inout Context
  ) -> Variable {
    let steps = [x.count, x.time]
    let flat = parameters.reshaped(
      to: [x.count * x.time] + parameters.shape.dimensions.dropFirst(2))
    let each = frame.logProbability(of: Self.frames(x.values), given: flat, &context)
    return (each.reshaped(to: steps) * Variable(x.mask(each.dtype))).sum(along: 1)
  }

  /// The expected frames; every step counts as real.
  public func mean(given parameters: Tensor) -> Sequences {
    sequences(like: parameters, frame.mean(given: Self.frames(parameters)))
  }

  /// Frames drawn from the distribution; every step counts as real.
  public func sample(given parameters: Tensor, using key: inout RandomKey) -> Sequences {
    sequences(like: parameters, frame.sample(given: Self.frames(parameters), using: &key))
  }

  /// Throws where the frame's likelihood gives a frame no meaning.
  public func validate(_ x: Sequences) throws(ObservationError) {
    try frame.validate(Self.frames(x.values))
  }

  private static func frames(_ steps: Tensor) -> Tensor {
    steps.reshaped(to: [steps.shape[0] * steps.shape[1]] + steps.shape.dimensions.dropFirst(2))
  }

  private func sequences(like parameters: Tensor, _ frames: Tensor) -> Sequences {
    let (count, time) = (parameters.shape[0], parameters.shape[1])
    return Sequences(
      values: frames.reshaped(to: [count, time, frames.shape[1]]),
      lengths: Array(repeating: time, count: count))
  }
}

extension PerFrame: Sendable where Frame: Sendable {}
