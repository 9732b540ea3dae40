public import Layers
public import TensorCore
public import VAECore

/// Transformer blocks over a sequence of tokens or frames; a learned query gathers the real steps
/// into one vector.
///
/// - Source: Vaswani et al., arXiv:1706.03762.
public struct TransformerEncoder: Encoder, LengthLimited {
  public typealias Observation = Sequences
  public let observationShape: Shape
  public let featureCount: Int
  private let reader: StepReader
  private let positions: PositionalEncoding
  private let dropout: Dropout
  private let blocks: [TransformerBlock]
  private let norm: LayerNorm
  private let query: Parameter
  private let pooling: MultiHeadAttention

  /// `width` is that of a step's vector and of the features; `headCount` divides it.
  public init(
    format: SequenceFormat, width: Int, blockCount: Int = 2, headCount: Int,
    feedForward: Int, positions: Positions = .sinusoidal, dropout: Double = 0.1,
    initializer: Initializer = .pytorch, using key: inout RandomKey
  ) {
    observationShape = format.stepShape
    featureCount = width
    reader = StepReader(format, width: width, initializer: initializer, using: &key)
    self.positions = PositionalEncoding(positions, width: width, using: &key)
    self.dropout = Dropout(dropout)
    blocks = (0..<blockCount).map { _ in
      TransformerBlock(
        width, headCount: headCount, feedForward: feedForward, dropout: dropout,
        initializer: initializer, using: &key)
    }
    norm = LayerNorm([width])
    query = Parameter(key.normal([1, width], deviation: 0.02))
    pooling = MultiHeadAttention(width, headCount: headCount, initializer: initializer, using: &key)
  }

  public var maximumLength: Int? { positions.maximumLength }

  public var parts: KeyValuePairs<String, any ModulePart> {
    [
      "input": reader, "positions": positions, "blocks": blocks, "norm": norm, "query": query,
      "pooling": pooling,
    ]
  }

  public func callAsFunction(_ x: Sequences, _ context: inout Context) -> Variable {
    let start = dropout(positions(reader(x.values, &context), &context), &context)
    let steps = blocks.reduce(start) {
      $1($0, lengths: x.lengths, isCausal: false, &context)
    }
    let queries = context[query].expanded(at: 0).broadcast(to: [x.count, 1, featureCount])
    return pooling(queries, over: norm(steps, &context), lengths: x.lengths, &context)
      .reshaped(to: [x.count, featureCount])
  }
}
