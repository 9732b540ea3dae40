public import TensorCore

/// A vector for each token of a vocabulary.
public struct Embedding: Module {
  /// The vectors, `[count, width]`.
  public let weight: Parameter

  /// `count` vectors of `width` elements, drawn from the standard normal as PyTorch's are.
  public init(
    _ count: Int, _ width: Int, initializer: Initializer = .normal(deviation: 1),
    using key: inout RandomKey
  ) {
    weight = Parameter(initializer([count, width], fanIn: count, fanOut: width, using: &key))
  }

  /// The vectors.
  public var parts: KeyValuePairs<String, any ModulePart> { ["weight": weight] }

  /// The vectors `[..., width]` of int32 tokens `[...]`.
  public func callAsFunction(_ tokens: Tensor, _ context: inout Context) -> Variable {
    context[weight].embedded(tokens)
  }
}
