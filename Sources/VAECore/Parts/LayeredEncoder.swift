public import Layers
public import TensorCore

/// An encoder that shows what it makes of observations on the way, by which they can be compared.
public protocol LayeredEncoder<Observation>: Encoder {
  /// What each of its layers, or stages, gives, in the order data flows: `[batch, ...]` each.
  func activations(of x: Observation.Value, _ context: inout Context) -> [Variable]
}

extension Encoder {
  /// What its layers give where it shows them, or else its features.
  public func comparedActivations(
    of x: Observation.Value, _ context: inout Context
  ) -> [Variable] {
    if let layered = self as? any LayeredEncoder<Observation> {
      return layered.activations(of: x, &context)
    }
    return [self(x, &context)]
  }
}
