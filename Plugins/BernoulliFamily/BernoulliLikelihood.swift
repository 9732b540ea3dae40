public import Layers
public import TensorCore
public import VAECore

/// Independent coin flips, parameterized by logits so that nothing overflows.
///
/// log p(x | ℓ) = x ℓ - softplus(ℓ), in nats, for x in [0, 1].
public struct BernoulliLikelihood: Likelihood, Sendable {
  public init() {}

  public func parameterShape(forObservation shape: Shape) -> Shape { shape }

  public func logProbability(
    of x: Tensor, given logits: Variable, _ context: inout Context
  ) -> Variable {
    logits.bernoulliLogProbability(of: x)
  }

  public func mean(given logits: Tensor) -> Tensor { Variable(logits).sigmoid().value }

  public func sample(given logits: Tensor, using key: inout RandomKey) -> Tensor {
    key.bernoulli(mean(given: logits))
  }

  public func validate(_ x: Tensor) throws(ObservationError) {
    guard x.count > 0 else { return }
    let range = x.range
    if let range, range.lowerBound >= 0, range.upperBound <= 1 { return }
    let outside = range.map { $0.lowerBound < 0 ? "\($0.lowerBound)" : "\($0.upperBound)" }
    throw ObservationError(
      "a Bernoulli likelihood takes observations in [0, 1], but the data holds "
        + "\(outside ?? "NaN or infinity"); scale the data, or choose a Gaussian likelihood")
  }
}
