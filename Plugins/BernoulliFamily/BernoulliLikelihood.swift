public import Layers
public import TensorCore
public import VAECore

/// Independent coin flips, parameterized by logits so that nothing overflows.
///
/// log p(x | ℓ) = x ℓ - softplus(ℓ), in nats, for x in [0, 1].
public struct BernoulliLikelihood: Likelihood, Sendable {
  public typealias Observation = Tensor

  public init() {}

  public func parameterShape(forObservation shape: Shape) -> Shape { shape }

  public func callAsFunction(_ logits: Variable, _ context: inout Context) -> Bernoulli {
    Bernoulli(logits: logits)
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

/// Independent coin flips by their logits ℓ.
public struct Bernoulli: Factorized {
  /// `[batch] + shape`.
  public let logits: Variable

  public init(logits: Variable) { self.logits = logits }

  public func mean(_ context: inout Context) -> Variable { logits.sigmoid() }

  public func sample(_ context: inout Context) -> Variable {
    Variable(context.key.bernoulli(logits.sigmoid().value))
  }

  public func logProbability(of x: Variable, _ context: inout Context) -> Variable? {
    // One pass, where nothing asks for the gradient of the observations.
    x.requiresGradient
      ? logProbabilities(of: x).sumPerExample() : logits.bernoulliLogProbability(of: x.value)
  }

  public func logProbabilities(of x: Variable) -> Variable { x * logits - logits.softplus() }

  public func mapParameters(_ f: (Variable) -> Variable) -> Bernoulli {
    Bernoulli(logits: f(logits))
  }
}
