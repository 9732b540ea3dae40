public import Layers
public import TensorCore

/// A family p(x | z): owns the meaning of a decoder's output.
public protocol Likelihood<Observation>: Module {
  /// A batch of observations.
  associatedtype Observation: Rows
  /// The distribution of a batch of observations.
  associatedtype Output: Distribution where Output.Value == Observation.Value
  /// Shape of the parameters that an observation of this shape needs, both without the batch axis;
  /// of sequences, both of one step.
  func parameterShape(forObservation shape: Shape) -> Shape
  /// The distributions of observations that have the parameters `[batch] + parameterShape`, of sequences `[batch, time] +
  /// parameterShape`.
  ///
  /// Asking for a log p may use the parameters' storage up, so they are not read again afterwards.
  func callAsFunction(_ parameters: Variable, _ context: inout Context) -> Output
  /// Throws where the distribution gives `x` no meaning, such as a Bernoulli variable outside [0,
  /// 1].
  func validate(_ x: Observation) throws(ObservationError)
}

extension Likelihood {
  /// The expected observations for parameters.
  public func mean(given parameters: Tensor) -> Observation {
    var context = Context.inference()
    return Observation(value: self(Variable(parameters), &context).mean(&context))
  }

  /// Observations drawn from the distributions that have the parameters.
  public func sample(given parameters: Tensor, using key: inout RandomKey) -> Observation {
    var context = Context.inference(key)
    defer { key = context.key }
    return Observation(value: self(Variable(parameters), &context).sample(&context))
  }

  /// log p(x | z) in nats, summed over each observation's elements: `[batch]`; nil where there is no density.
  public func logProbability(
    of x: Observation, given parameters: Variable, _ context: inout Context
  ) -> Variable? {
    self(parameters, &context).logProbability(of: x.value, &context)
  }
}

extension Likelihood {
  /// Accepts every observation.
  public func validate(_ x: Observation) throws(ObservationError) {}
}

extension Likelihood where Observation == Tensor {
  /// Accepts every finite observation; throws for NaN and infinity.
  public func validate(_ x: Tensor) throws(ObservationError) {
    guard x.count > 0 && x.range == nil else { return }
    throw ObservationError(
      "the observations hold NaN or infinity; replace or leave out those values")
  }
}

/// Observations that a likelihood gives no meaning to.
public struct ObservationError: Error, Sendable, Equatable, CustomStringConvertible {
  /// What was wrong, where, and what to do.
  public let description: String

  /// An error that says what was wrong, where, and what to do, in one sentence.
  public init(_ description: String) { self.description = description }
}
