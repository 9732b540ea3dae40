public import Layers
public import TensorCore

/// A model with codes: what objectives, evaluation and pictures need of it, whatever its parts.
public protocol VariationalAutoencoder<Observation>: Module {
  /// A batch of observations.
  associatedtype Observation
  /// The posterior's distribution of a batch of codes.
  associatedtype Distribution: CodeDistribution
  /// Shape of one observation, without the batch axis.
  var observationShape: Shape { get }
  /// Number of latent dimensions.
  var latentCount: Int { get }

  /// q(z | x).
  func encode(_ x: Observation, _ context: inout Context) -> Distribution
  /// The likelihood's parameters for `codes` `[batch, latentCount]`.
  func decode(_ codes: Variable, _ context: inout Context) -> Variable
  /// log p(x | z) in nats: `[batch]`, for the parameters ``decode(_:_:)`` gave.
  func logLikelihood(
    of x: Observation, given parameters: Variable, _ context: inout Context
  ) -> Variable
  /// KL(q ‖ p) in nats: `[batch]`.
  func divergence(from q: Distribution, codes: Variable, _ context: inout Context) -> Variable
  /// The share of each latent dimension in KL(q ‖ p), in nats: `[batch, latentCount]`; nil where it
  /// cannot be divided so.
  func divergencePerDimension(from q: Distribution) -> Tensor?
  /// log p(z) in nats: `[batch]`.
  func logPrior(of codes: Variable, _ context: inout Context) -> Variable
  /// `count` codes from the prior: `[count, latentCount]`.
  func samplePrior(_ count: Int, using key: inout RandomKey) -> Tensor
  /// The expected observation for a likelihood's parameters.
  func mean(given parameters: Tensor) -> Observation
  /// An observation drawn from the likelihood.
  func sampleObservation(given parameters: Tensor, using key: inout RandomKey) -> Observation
  /// Throws where the likelihood gives `x` no meaning.
  func validate(_ x: Observation) throws(ObservationError)
}

extension VariationalAutoencoder {
  /// The posterior's mean for each observation: `[batch, latentCount]`.
  public func codes(of x: Observation) -> Tensor {
    var context = Context.inference()
    return encode(x, &context).mean.value
  }

  /// The expected observations that `codes` `[batch, latentCount]` stand for.
  public func observations(from codes: Tensor) -> Observation {
    var context = Context.inference()
    return mean(given: decode(Variable(codes), &context).value)
  }

  /// Observations passed through the posterior's mean and back.
  public func reconstruct(_ x: Observation) -> Observation { observations(from: codes(of: x)) }

  /// The expected observations of `count` codes from the prior.
  public func sample(_ count: Int, using key: inout RandomKey) -> Observation {
    observations(from: samplePrior(count, using: &key))
  }
}
