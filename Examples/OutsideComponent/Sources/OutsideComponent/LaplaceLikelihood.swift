import Layers
import TensorCore
import VAECore

/// Independent Laplace variables around the decoder's output: log p(x) = -Σ (|x - μ| / b + log 2b),
/// in nats.
public struct LaplaceLikelihood: Likelihood {
  public typealias Observation = Tensor
  /// The scale b of every element.
  public let scale: Double

  /// A likelihood whose elements all have the scale `scale`.
  public init(scale: Double = 1) {
    precondition(scale > 0, "a scale is positive, not \(scale)")
    self.scale = scale
  }

  public func parameterShape(forObservation shape: Shape) -> Shape { shape }

  public func callAsFunction(
    _ parameters: Variable, _ context: inout Context
  ) -> LaplaceVariables {
    LaplaceVariables(mean: parameters, scale: scale)
  }
}

/// Independent Laplace variables of one scale.
public struct LaplaceVariables: Factorized {
  /// Around what they lie.
  public let mean: Variable
  /// Their scale.
  public let scale: Double

  public func mean(_ context: inout Context) -> Variable { mean }

  public func logProbabilities(of value: Variable) -> Variable {
    let normalizer = Variable(Tensor(2 * scale, dtype: mean.dtype)).log()
    return -((value - mean).absolute() / scale + normalizer)
  }

  /// The difference of two exponential variables is a Laplace variable.
  public func sample(_ context: inout Context) -> Variable {
    func exponential() -> Variable {
      (1 - Variable(context.key.uniform(mean.shape, dtype: mean.dtype))).log() * -scale
    }
    return mean + (exponential() - exponential())
  }

  public func mapParameters(_ f: (Variable) -> Variable) -> LaplaceVariables {
    LaplaceVariables(mean: f(mean), scale: scale)
  }
}
