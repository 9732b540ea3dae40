public import Layers
public import TensorCore

/// Maps codes to the parameters of a ``Likelihood``; does not know what they mean.
public protocol Decoder: Module {
  /// Numbers of a code.
  var latentCount: Int { get }
  /// Shape of one code; `[latentCount]` unless the decoder reads another one, such as a grid.
  var codeShape: Shape { get }
  /// Shape of the parameters of one observation, without the batch axis.
  var parameterShape: Shape { get }
  /// Parameters for `codes` `[batch] + codeShape`: `[batch] + parameterShape`.
  func callAsFunction(_ codes: Variable, _ context: inout Context) -> Variable
}

extension Decoder {
  /// A row of numbers.
  public var codeShape: Shape { [latentCount] }
}
