public import Layers
public import TensorCore

/// p(z): the distribution codes have before anything is observed.
public protocol Prior<Distribution>: Module {
  /// The posterior's distributions it can be compared with.
  associatedtype Distribution: CodeDistribution
  /// Number of latent dimensions.
  var latentCount: Int { get }
  /// log p(z) in nats: `[batch]`, for `codes` `[batch, latentCount]`.
  func logProbability(of codes: Variable, _ context: inout Context) -> Variable
  /// `count` codes: `[count, latentCount]`.
  func sample(_ count: Int, using key: inout RandomKey) -> Tensor
  /// KL(q ‖ p) in nats: `[batch]`; `codes` were drawn from `posterior`.
  ///
  /// A prior with a closed form gives that. The default is the unbiased estimate log q(z) - log
  /// p(z).
  func divergence(
    from posterior: Distribution, codes: Variable, _ context: inout Context
  ) -> Variable
  /// The share of each latent dimension in KL(q ‖ p), in nats: `[batch, latentCount]`; nil where it
  /// cannot be divided so.
  func divergencePerDimension(from posterior: Distribution) -> Variable?
  /// Whether ``divergencePerDimension(from:)`` gives shares.
  var dividesDivergence: Bool { get }
}

extension Prior {
  /// The unbiased estimate log q(z) - log p(z).
  public func divergence(
    from posterior: Distribution, codes: Variable, _ context: inout Context
  ) -> Variable {
    posterior.logProbability(of: codes) - logProbability(of: codes, &context)
  }

  /// Nil: the divergence is not divided.
  public func divergencePerDimension(from posterior: Distribution) -> Variable? { nil }

  /// False: the divergence is not divided.
  public var dividesDivergence: Bool { false }
}
