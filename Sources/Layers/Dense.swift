public import TensorCore

/// A fully connected layer with an activation: `[..., in]` to `[..., out]`.
public struct Dense: Layer {
  /// The weight, `[out, in]`.
  public let weight: Parameter
  /// The bias, `[out]`.
  public let bias: Parameter?
  /// Applied to each output.
  public let activation: Activation

  /// A layer with fresh weights.
  public init(
    _ inputCount: Int, _ outputCount: Int, activation: Activation = .identity,
    bias: Bool = true, initializer: Initializer = .pytorch, using key: inout RandomKey
  ) {
    weight = Parameter(
      initializer([outputCount, inputCount], fanIn: inputCount, fanOut: outputCount, using: &key))
    self.bias = bias ? initializer.bias(outputCount, fanIn: inputCount, using: &key) : nil
    self.activation = activation
  }

  /// The weight and the bias.
  public var parts: KeyValuePairs<String, any ModulePart> { ["weight": weight, "bias": bias] }

  /// The layer's output `[..., out]` for `x` `[..., in]`.
  public func callAsFunction(_ x: Variable, _ context: inout Context) -> Variable {
    x.linear(context[weight], bias: bias.map { context[$0] }, activation: activation)
  }
}

extension Dense {
  /// Layers one after the other; `widths` gives the input's width and each layer's.
  public static func chain(
    _ widths: [Int], activation: Activation, initializer: Initializer = .pytorch,
    using key: inout RandomKey
  ) -> [Dense] {
    zip(widths, widths.dropFirst()).map {
      Dense($0, $1, activation: activation, initializer: initializer, using: &key)
    }
  }
}
