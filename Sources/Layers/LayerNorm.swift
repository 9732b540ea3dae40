public import TensorCore

/// The last axes of each position shifted and scaled to mean 0 and variance 1, then by a learned
/// weight and bias.
///
/// - Source: Ba, Kiros and Hinton, arXiv:1607.06450.
public struct LayerNorm: Layer {
  /// The scale of each element, shaped as the axes normalized together.
  public let weight: Parameter
  /// The shift of each element, shaped as the axes normalized together.
  public let bias: Parameter
  /// Added to the variance.
  public let epsilon: Double

  /// A layer over the last axes, whose sizes `shape` gives, such as `[channels]`.
  public init(_ shape: Shape, epsilon: Double = 1e-5) {
    weight = Parameter(Tensor(repeating: 1, shape: shape))
    bias = Parameter(.zeros(shape))
    self.epsilon = epsilon
  }

  /// The weight and the bias.
  public var parts: KeyValuePairs<String, any ModulePart> { ["weight": weight, "bias": bias] }

  /// The normalized `x`, whose last axes have the layer's shape.
  public func callAsFunction(_ x: Variable, _ context: inout Context) -> Variable {
    precondition(
      x.shape.dimensions.suffix(weight.shape.rank).elementsEqual(weight.shape.dimensions),
      "the layer normalizes \(weight.shape), which \(x.shape) does not end in")
    let (normalized, _, _) =
      x.reshaped(to: [-1, weight.count]).normalized(.example, epsilon: epsilon)
    return normalized.reshaped(to: x.shape) * context[weight] + context[bias]
  }
}
