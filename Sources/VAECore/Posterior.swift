public import Layers
public import TensorCore

/// A family q(z | x): turns an encoder's features into a distribution over codes.
public protocol Posterior<Distribution>: Module {
  /// The distribution of a batch of codes.
  associatedtype Distribution: CodeDistribution
  /// Numbers it reads for each observation.
  var featureCount: Int { get }
  /// Number of latent dimensions.
  var latentCount: Int { get }
  /// The distributions that belong to `features` `[batch, featureCount]`.
  func callAsFunction(_ features: Variable, _ context: inout Context) -> Distribution
}

/// A batch of distributions over codes, one for each observation.
public protocol CodeDistribution {
  /// Each distribution's mean: `[batch, latentCount]`.
  var mean: Variable { get }
  /// One code from each distribution, `[batch, latentCount]`, as a differentiable function of its
  /// parameters.
  func sample(using key: inout RandomKey) -> Variable
  /// log q(z | x) in nats: `[batch]`, for `codes` `[batch, latentCount]`.
  func logProbability(of codes: Variable) -> Variable
}
