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
    if let outside = x.doubles.first(where: { !($0 >= 0 && $0 <= 1) }) {
      throw ObservationError(
        "a Bernoulli likelihood takes observations in [0, 1], but the data holds \(outside); "
          + "scale the data, or choose a Gaussian likelihood")
    }
  }
}
