internal import Layers
internal import TensorCore

/// Self-attention, by option attention to a memory, and two layers on each step, each normalized
/// beforehand and added to what it read.
///
/// - Source: Vaswani et al., arXiv:1706.03762; Xiong et al., arXiv:2002.04745, for the order.
struct TransformerBlock: Module {
  private let attentionNorm: LayerNorm
  private let attention: MultiHeadAttention
  private let memoryNorm: LayerNorm?
  private let memoryAttention: MultiHeadAttention?
  private let feedForwardNorm: LayerNorm
  private let feedForward: [Dense]
  private let dropout: Dropout

  init(
    _ width: Int, headCount: Int, feedForward: Int, dropout: Double, readsMemory: Bool = false,
    initializer: Initializer, using key: inout RandomKey
  ) {
    attentionNorm = LayerNorm([width])
    attention = MultiHeadAttention(
      width, headCount: headCount, initializer: initializer, using: &key)
    memoryNorm = readsMemory ? LayerNorm([width]) : nil
    memoryAttention =
      readsMemory
      ? MultiHeadAttention(width, headCount: headCount, initializer: initializer, using: &key) : nil
    feedForwardNorm = LayerNorm([width])
    self.feedForward = [
      Dense(width, feedForward, activation: .gelu, initializer: initializer, using: &key),
      Dense(feedForward, width, initializer: initializer, using: &key),
    ]
    self.dropout = Dropout(dropout)
  }

  var parts: KeyValuePairs<String, any ModulePart> {
    [
      "norm1": attentionNorm, "self_attn": attention, "memory_norm": memoryNorm,
      "multihead_attn": memoryAttention, "norm2": feedForwardNorm, "linear": feedForward,
    ]
  }

  /// `x` `[batch, time, width]` after the block; `memory` is `[batch, slots, width]`.
  func callAsFunction(
    _ x: Variable, lengths: [Int], isCausal: Bool, memory: Variable? = nil,
    _ context: inout Context
  ) -> Variable {
    passed(x, memory, &context) {
      attention($0, lengths: lengths, isCausal: isCausal, &$1)
    }
  }

  /// The next step `[batch, 1, width]` of causal attention, without a tape.
  func step(
    _ x: Variable, _ cache: inout MultiHeadAttention.Cache, memory: Variable?
  ) -> Variable {
    var context = Context.inference()
    return passed(x, memory, &context) { x, _ in
      let row = x.value.reshaped(to: [x.shape[0], x.shape[2]])
      return Variable(attention.step(row, &cache).expanded(at: 1))
    }
  }

  private func passed(
    _ x: Variable, _ memory: Variable?, _ context: inout Context,
    attending: (Variable, inout Context) -> Variable
  ) -> Variable {
    var x = x
    x = x + dropout(attending(attentionNorm(x, &context), &context), &context)
    if let memory, let memoryNorm, let memoryAttention {
      let slots = Array(repeating: memory.shape[1], count: memory.shape[0])
      let seen = memoryAttention(
        memoryNorm(x, &context), over: memory, lengths: slots, &context)
      x = x + dropout(seen, &context)
    }
    let inner = feedForward.reduce(feedForwardNorm(x, &context)) { $1($0, &context) }
    return x + dropout(inner, &context)
  }
}
