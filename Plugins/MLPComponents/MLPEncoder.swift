public import Layers
public import TensorCore
public import VAECore

/// Fully connected layers over the flattened observation.
public struct MLPEncoder: Encoder {
  public let observationShape: Shape
  /// The layers, in order.
  public let layers: [Dense]

  /// `hidden` gives the width of each layer; the last is the feature count.
  public init(
    observationShape: Shape, hidden: [Int], activation: Activation = .relu,
    using key: inout RandomKey
  ) {
    precondition(!hidden.isEmpty, "an encoder has at least one layer")
    self.observationShape = observationShape
    layers = Dense.chain([observationShape.count] + hidden, activation: activation, using: &key)
  }

  public var featureCount: Int { layers[layers.count - 1].weight.shape[0] }

  public var parts: KeyValuePairs<String, any ModulePart> { ["layers": layers] }

  public func callAsFunction(_ x: Tensor, _ context: inout Context) -> Variable {
    layers.reduce(Variable(x).flattenedPerExample()) { $1($0, &context) }
  }
}
