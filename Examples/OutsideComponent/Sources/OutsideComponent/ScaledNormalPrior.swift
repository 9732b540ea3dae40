import GaussianFamily
import Layers
import TensorCore
import VAECore

/// N(0, diag s²) with a learned scale s for each code.
public struct ScaledNormalPrior: Prior {
  public let latentCount: Int
  private let logScale: Parameter

  /// The standard normal, until it is trained.
  public init(latentCount: Int) {
    self.latentCount = latentCount
    logScale = Parameter(.zeros([latentCount]))
  }

  public var parts: KeyValuePairs<String, any ModulePart> { ["log_scale": logScale] }

  public func callAsFunction(_ count: Int, _ context: inout Context) -> DiagonalGaussian {
    let shape: Shape = [count, latentCount]
    return DiagonalGaussian(
      mean: Variable(.zeros(shape, dtype: logScale.value.dtype)),
      logVariance: (context[logScale] * 2).broadcast(to: shape))
  }
}
