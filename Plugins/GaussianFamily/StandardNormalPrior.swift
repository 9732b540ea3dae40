public import Layers
public import TensorCore
public import VAECore

/// N(0, I), over codes of any shape.
public struct StandardNormalPrior: Prior, Sendable {
  public let codeShape: Shape

  public init(latentCount: Int) { self.init(codeShape: [latentCount]) }

  public init(codeShape: Shape) { self.codeShape = codeShape }

  public var latentCount: Int { codeShape.count }

  public func callAsFunction(_ count: Int, _ context: inout Context) -> StandardNormal {
    StandardNormal(shape: [count] + codeShape)
  }
}
