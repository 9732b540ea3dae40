public import TensorCore

/// Layers of any kinds, each fed with the one before; their names are their positions, as in
/// PyTorch.
public struct Sequential: Layer {
  /// The layers, in order.
  public let layers: [any Layer]

  /// A chain of layers; an empty one is the identity.
  public init(_ layers: [any Layer]) { self.layers = layers }

  /// Visits the layers' parameters by names such as "0.weight".
  public func visitParameters(_ name: String, _ visit: (String, Parameter) -> Void) {
    for (i, layer) in layers.enumerated() {
      layer.visitParameters(name.isEmpty ? "\(i)" : "\(name).\(i)", visit)
    }
  }

  /// The last layer's output for `x`.
  public func callAsFunction(_ x: Variable, _ context: inout Context) -> Variable {
    layers.reduce(x) { $1($0, &context) }
  }
}
