public import Layers
public import TensorCore

/// Maps codes to the parameters of a ``Likelihood``; does not know what they mean.
public protocol Decoder: Module {
  /// Number of latent dimensions it reads.
  var latentCount: Int { get }
  /// Shape of the parameters of one observation, without the batch axis.
  var parameterShape: Shape { get }
  /// Parameters for `codes` `[batch, latentCount]`: `[batch] + parameterShape`.
  func callAsFunction(_ codes: Variable, _ context: inout Context) -> Variable
}
