public import Layers
public import TensorCore
public import VAECore

/// N(0, I), with its closed-form divergence from a diagonal Gaussian.
public struct StandardNormalPrior: Prior, Sendable {
  public let latentCount: Int

  public init(latentCount: Int) { self.latentCount = latentCount }

  public func logProbability(of codes: Variable, _ context: inout Context) -> Variable {
    let constant = 1.8378770664093453  // log 2π
    return (codes.squared() + constant).sumPerExample() * -0.5
  }

  public func sample(_ count: Int, using key: inout RandomKey) -> Tensor {
    key.normal([count, latentCount])
  }

  public func divergence(
    from posterior: DiagonalGaussian, codes: Variable, _ context: inout Context
  ) -> Variable {
    posterior.divergenceFromStandardNormal
  }

  public var dividesDivergence: Bool { true }

  public func divergencePerDimension(from posterior: DiagonalGaussian) -> Variable? {
    let (mean, logVariance) = (posterior.mean, posterior.logVariance)
    return (mean.squared() + logVariance.exp() - logVariance - 1) * 0.5
  }
}
