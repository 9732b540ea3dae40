public import Layers
public import TensorCore
public import VAECore

/// Fully connected layers from the code to the likelihood's parameters.
public struct MLPDecoder: Decoder {
  public let latentCount: Int
  public let parameterShape: Shape
  /// The layers, in order; the last is linear.
  public let layers: [Dense]

  /// `hidden` gives the width of each hidden layer, in order.
  public init(
    latentCount: Int, hidden: [Int], parameterShape: Shape, activation: Activation = .relu,
    using key: inout RandomKey
  ) {
    self.latentCount = latentCount
    self.parameterShape = parameterShape
    let inner = Dense.chain([latentCount] + hidden, activation: activation, using: &key)
    layers = inner + [Dense(hidden.last ?? latentCount, parameterShape.count, using: &key)]
  }

  public var parts: KeyValuePairs<String, any ModulePart> { ["layers": layers] }

  public func callAsFunction(_ codes: Variable, _ context: inout Context) -> Variable {
    layers.reduce(codes) { $1($0, &context) }.reshaped(to: [codes.shape[0]] + parameterShape)
  }
}
