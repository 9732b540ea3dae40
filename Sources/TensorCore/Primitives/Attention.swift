internal import CTensorKernels

extension Variable {
  /// softmax(`scale` x) over the last axis of these scores `[batch, heads, queries, keys]`, where a query sees some keys
  /// only; the others get zero.
  ///
  /// It sees the first `keyLengths[b]` keys of its example (each at least 1) and, where `isCausal`, none behind its own
  /// place; the last query stands at the last key. `scale` is positive.
  ///
  /// - Source: Vaswani et al., arXiv:1706.03762, section 3.2.1.
  public func attentionWeights(
    keyLengths: [Int], isCausal: Bool = false, scale: Double
  ) -> Variable {
    precondition(shape.rank == 4, "scores are [batch, heads, queries, keys], not \(shape)")
    let (batch, heads, queries, keys) = (shape[0], shape[1], shape[2], shape[3])
    precondition(
      keyLengths.count == batch && keyLengths.allSatisfy { $0 >= 1 && $0 <= keys },
      "key lengths \(keyLengths) do not fit scores \(shape)")
    precondition(
      !isCausal || queries <= keys, "\(queries) queries look back on \(keys) keys")
    let attention = Attention(
      dtype: dtype.kernel, sizes: [batch, heads, queries, keys].map(Int64.init),
      lengths: keyLengths.map(Int64.init), isCausal: isCausal, scale: scale)
    let y = Tensor(shape, dtype, by: attention, value)
    let pullback = SoftmaxPullback(
      dtype: dtype.kernel, rows: Int64(batch * heads * queries), width: Int64(keys), scale: scale)
    return Variable(y, of: [self]) { pull in
      pull { g in
        [Tensor(y.shape, y.dtype, by: pullback, y, g)]
      } again: { g, node in
        let product = g * node.result
        return [(product - product.sum(along: -1).expanded(at: -1) * node.result) * scale]
      }
    }
  }
}

/// The softmax of scores over the keys that a query sees.
private struct Attention: Kernel {
  let dtype: vae_dtype
  let sizes, lengths: [Int64]
  let isCausal: Bool
  let scale: Double
  var name: String { "attention" }

  func run(_ memory: Operands) {
    vae_attention(
      dtype, sizes[0], sizes[1], sizes[2], sizes[3], lengths, isCausal ? 1 : 0, scale, memory[0],
      memory[1])
  }
}

private struct SoftmaxPullback: Kernel {
  let dtype: vae_dtype
  let rows, width: Int64
  let scale: Double
  var name: String { "softmax pullback" }

  func run(_ memory: Operands) {
    vae_softmax_pullback(dtype, rows, width, scale, memory[0], memory[1], memory[2])
  }
}
