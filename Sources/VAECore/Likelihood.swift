public import Layers
public import TensorCore

/// p(x | z): owns the meaning of a decoder's output.
public protocol Likelihood<Observation>: Module {
  /// A batch of observations.
  associatedtype Observation
  /// Shape of the parameters that an observation of this shape needs, both without the batch axis;
  /// of sequences, both of one step.
  func parameterShape(forObservation shape: Shape) -> Shape
  /// log p(x | z) in nats, summed over each observation's elements: `[batch]`.
  ///
  /// `parameters` are `[batch] + parameterShape`, of sequences `[batch, time] + parameterShape`; a
  /// likelihood may use their storage up, so they are not read again afterwards.
  /// The normalizing constant is included, so that figures of different likelihoods can be
  /// compared.
  func logProbability(
    of x: Observation, given parameters: Variable, _ context: inout Context
  ) -> Variable
  /// The expected observation, for pictures and reconstructions.
  func mean(given parameters: Tensor) -> Observation
  /// An observation drawn from the distribution.
  func sample(given parameters: Tensor, using key: inout RandomKey) -> Observation
  /// Throws where the distribution gives `x` no meaning, such as a Bernoulli variable outside [0,
  /// 1].
  func validate(_ x: Observation) throws(ObservationError)
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
