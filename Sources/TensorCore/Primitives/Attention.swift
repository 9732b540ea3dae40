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
    let (x, lengths) = (value, keyLengths.map(Int64.init))
    let y = Tensor(shape: shape, dtype: dtype) {
      vae_attention(
        x.dtype.kernel, Int64(batch), Int64(heads), Int64(queries), Int64(keys), lengths,
        isCausal ? 1 : 0, scale, x.bytes, $0)
    }
    return Variable(y, inputs: [self]) { g in
      [
        Tensor(shape: y.shape, dtype: y.dtype) {
          vae_softmax_pullback(
            y.dtype.kernel, Int64(batch * heads * queries), Int64(keys), scale, y.bytes, g.bytes,
            $0)
        }
      ]
    }
  }
}
