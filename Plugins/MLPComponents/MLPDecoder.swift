public import Layers
public import TensorCore
public import VAECore

/// Fully connected layers from the code to the likelihood's parameters, of any shape.
public struct MLPDecoder: Decoder {
  public let latentCount: Int
  public let parameterShape: Shape
  private let layers: Sequential

  /// `hidden` gives the width of each hidden layer, in order; a linear layer to the parameters
  /// follows.
  public init(
    latentCount: Int, hidden: [Int], parameterShape: Shape, activation: Activation = .relu,
    style: MLPStyle = .plain, initializer: Initializer = .pytorch, using key: inout RandomKey
  ) {
    self.latentCount = latentCount
    self.parameterShape = parameterShape
    let widths = [latentCount] + hidden
    let inner = style.hiddenLayers(
      widths, activation: activation, initializer: initializer, using: &key)
    let last = Dense(
      widths[hidden.count], parameterShape.count, initializer: initializer, using: &key)
    layers = Sequential(inner + [last])
  }

  public var parts: KeyValuePairs<String, any ModulePart> { ["layers": layers] }

  public func callAsFunction(_ codes: Variable, _ context: inout Context) -> Variable {
    layers(codes, &context).reshaped(to: [codes.shape[0]] + parameterShape)
  }
}
