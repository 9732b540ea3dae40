import Layers
import TensorCore
import VAECore

/// Independent Laplace variables around the decoder's output: log p(x) = -Σ (|x - μ| / b + log 2b),
/// in nats.
public struct LaplaceLikelihood: Likelihood {
  /// The scale b of every element.
  public let scale: Double

  /// A likelihood whose elements all have the scale `scale`.
  public init(scale: Double = 1) {
    precondition(scale > 0, "a scale is positive, not \(scale)")
    self.scale = scale
  }

  public func parameterShape(forObservation shape: Shape) -> Shape { shape }

  public func logProbability(
    of x: Tensor, given parameters: Variable, _ context: inout Context
  ) -> Variable {
    let distance = (Variable(x) - parameters).absolute() / scale
    let normalizer = Variable(Tensor(2 * scale, dtype: parameters.dtype)).log()
    return -(distance + normalizer).sumPerExample()
  }

  public func mean(given parameters: Tensor) -> Tensor { parameters }

  /// The difference of two exponential variables is a Laplace variable.
  public func sample(given parameters: Tensor, using key: inout RandomKey) -> Tensor {
    func exponential() -> Tensor {
      (1 - Variable(key.uniform(parameters.shape, dtype: parameters.dtype))).log().value * -scale
    }
    return parameters + (exponential() - exponential())
  }
}
