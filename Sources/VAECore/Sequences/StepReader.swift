public import Layers
public import TensorCore

/// Turns the steps of sequences into vectors: tokens by a table, frames by a linear map or as they
/// are.
///
/// In training it can hide whole steps (word dropout) and single elements of the vectors. Encoders
/// and decoders of sequences are built on it.
///
/// - Source: Bowman et al., arXiv:1511.06349, section 3.1, for word dropout.
public struct StepReader: Module {
  /// What a step is.
  public let format: SequenceFormat
  /// Elements of a step's vector.
  public let width: Int
  /// The share of steps that training hides: a token becomes ``SpecialToken/unknown``, a frame zero.
  ///
  /// The start token stays.
  public let wordDropout: Double
  private let dropout: Dropout
  private let embedding: Embedding?
  private let projection: Dense?

  /// A reader with fresh weights.
  ///
  /// - Parameters:
  ///   - format: What a step is.
  ///   - width: Elements of a step's vector; nil leaves frames as they are, and is no choice for
  ///     tokens.
  ///   - wordDropout: The share of steps that training hides, in 0..<1.
  ///   - dropout: The share of the vectors' elements that training drops, in 0..<1.
  ///   - initializer: How a linear map of frames is drawn; tokens' vectors are standard normal.
  ///   - key: Where the weights come from.
  public init(
    _ format: SequenceFormat, width: Int?, wordDropout: Double = 0, dropout: Double = 0,
    initializer: Initializer = .pytorch, using key: inout RandomKey
  ) {
    precondition((0..<1).contains(wordDropout), "word dropout lies in 0..<1, not at \(wordDropout)")
    self.format = format
    self.wordDropout = wordDropout
    self.dropout = Dropout(dropout)
    switch (format, width) {
    case (.tokens(let size), let width?):
      self.width = width
      embedding = Embedding(size, width, using: &key)
      projection = nil
    case (.frames(let count), let width):
      self.width = width ?? count
      embedding = nil
      projection = width.map { Dense(count, $0, initializer: initializer, using: &key) }
    case (.tokens, nil): preconditionFailure("tokens need vectors of some width")
    }
  }

  /// The table of tokens, or the linear map of frames.
  public var parts: KeyValuePairs<String, any ModulePart> {
    ["embedding": embedding, "projection": projection]
  }

  /// Vectors `[..., width]` of steps, int32 tokens `[...]` or frames `[..., features]`.
  public func callAsFunction(_ steps: Tensor, _ context: inout Context) -> Variable {
    let isHiding = context.isTraining && wordDropout > 0
    let seen = isHiding ? hiding(steps, using: &context.key) : steps
    let vectors =
      embedding?(seen, &context) ?? projection?(Variable(seen), &context) ?? Variable(seen)
    return dropout(vectors, &context)
  }

  /// What stands before the first step of `count` sequences: start tokens `[count]`, or frames of
  /// zeros `[count, features]` in a format of numbers.
  public func beginning(count: Int, _ dtype: DType) -> Tensor {
    switch format {
    case .tokens: Tensor(repeating: Double(SpecialToken.start), shape: [count], dtype: .int32)
    case .frames(let features): .zeros([count, features], dtype: dtype)
    }
  }

  private func hiding(_ steps: Tensor, using key: inout RandomKey) -> Tensor {
    switch format {
    case .tokens:
      let hidden = key.bernoulli(Tensor(repeating: wordDropout, shape: steps.shape)).floats
      let tokens = zip(steps.integers, hidden).map { token, hides in
        hides == 1 && token != SpecialToken.start ? SpecialToken.unknown : token
      }
      return Tensor(tokens, shape: steps.shape)
    case .frames:
      let shape = Shape(Array(steps.shape.dimensions.dropLast()))
      return steps
        * key.bernoulli(Tensor(repeating: 1 - wordDropout, shape: shape, dtype: steps.dtype))
        .expanded(at: -1)
    }
  }
}
