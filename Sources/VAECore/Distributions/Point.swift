public import Layers
public import TensorCore

/// All probability at one value: what an encoder or a decoder gives that has no density, as in a plain autoencoder or a
/// generator trained against a rival.
public struct Point: Distribution {
  /// The values, `[batch, ...]`.
  public let value: Variable

  /// All probability at `value`.
  public init(_ value: Variable) { self.value = value }

  /// The value.
  public func sample(_ context: inout Context) -> Variable { value }
  /// The value.
  public func mean(_ context: inout Context) -> Variable { value }
  /// None.
  public func variance(_ context: inout Context) -> Variable? {
    Variable(.zeros(value.shape, dtype: value.dtype))
  }
  /// Nil: a point has no density.
  public func logProbability(of value: Variable, _ context: inout Context) -> Variable? { nil }
  /// The point at `f(value)`.
  public func mapParameters(_ f: (Variable) -> Variable) -> Point { Point(f(value)) }
  /// False.
  public static var hasDensity: Bool { false }
}
