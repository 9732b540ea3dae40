public import Layers
public import TensorCore
public import VAECore

/// Fully connected layers over the flattened observation, of any shape.
public struct MLPEncoder: LayeredEncoder {
  public let observationShape: Shape
  public let featureCount: Int
  private let layers: Sequential

  /// `hidden` gives the width of each layer; the last is the feature count.
  ///
  /// Without layers the features are the observation's elements themselves.
  public init(
    observationShape: Shape, hidden: [Int], activation: Activation = .relu,
    style: MLPStyle = .plain, initializer: Initializer = .pytorch, using key: inout RandomKey
  ) {
    self.observationShape = observationShape
    let widths = [observationShape.count] + hidden
    featureCount = widths[hidden.count]
    layers = Sequential(
      style.hiddenLayers(widths, activation: activation, initializer: initializer, using: &key))
  }

  public var parts: KeyValuePairs<String, any ModulePart> { ["layers": layers] }

  public func callAsFunction(_ x: Variable, _ context: inout Context) -> Variable {
    layers(x.flattenedPerExample(), &context)
  }

  /// What each of its layers gives.
  public func activations(of x: Variable, _ context: inout Context) -> [Variable] {
    var all: [Variable] = []
    for layer in layers.layers { all.append(layer(all.last ?? x.flattenedPerExample(), &context)) }
    return all
  }
}
