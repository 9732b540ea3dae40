import GaussianFamily
import Layers
import TensorCore
import VAECore

/// N(0, diag s²) with a learned scale s for each code.
public struct ScaledNormalPrior: Prior {
  public typealias Distribution = DiagonalGaussian
  public let latentCount: Int
  private let logScale: Parameter

  /// The standard normal, until it is trained.
  public init(latentCount: Int) {
    self.latentCount = latentCount
    logScale = Parameter(.zeros([latentCount]))
  }

  public var parts: KeyValuePairs<String, any ModulePart> { ["log_scale": logScale] }

  public func logProbability(of codes: Variable, _ context: inout Context) -> Variable {
    let scale = context[logScale].broadcast(to: codes.shape)
    let constant = 1.8378770664093453  // log 2π
    return (codes.squared() * (scale * -2).exp() + scale * 2 + constant).sumPerExample() * -0.5
  }

  public func sample(_ count: Int, using key: inout RandomKey) -> Tensor {
    let noise = Variable(key.normal([count, latentCount]))
    return (noise * Variable(logScale.value).exp().broadcast(to: noise.shape)).value
  }
}
