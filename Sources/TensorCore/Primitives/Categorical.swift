internal import CTensorKernels

extension Variable {
  /// log p(indices | logits) in nats per example, `[batch]`, where these are the logits `[batch, ..., n]`.
  ///
  /// The log-softmax of each row of n logits at its index (int32, `[batch, ...]`), summed over an example's rows. With
  /// `lengths` the second axis is time: an example's steps from its length on count nothing and get no gradient, whatever
  /// their indices are.
  ///
  /// Where a gradient is recorded, the logits' own memory becomes their gradient when it is asked for, so that there are
  /// never two of them: ``value`` of this variable traps afterwards. A leaf of the tape, and other tensors that share the
  /// memory, keep their numbers at the price of a copy.
  public func categoricalLogProbability(of indices: Tensor, lengths: [Int]? = nil) -> Variable {
    precondition(
      indices.dtype == .int32 && indices.shape + [shape[-1]] == shape,
      "indices are \(indices.dtype) \(indices.shape), logits \(shape)")
    let batch = shape[0], rows = indices.shape.dropFirst().count
    let rowsPerStep = lengths == nil ? 1 : indices.shape.dropFirst().dropFirst().count
    let real = (lengths ?? Array(repeating: rows, count: batch)).map { $0 * rowsPerStep }
    precondition(
      real.count == batch && real.allSatisfy { (0...rows).contains($0) },
      "lengths \(lengths ?? []) do not fit logits \(shape)")
    let kept = CategoricalLogits(
      requiresGradient && !isLeaf ? takeValue() : value, indices: indices, rows: rows,
      lengths: real.map(Int64.init))
    return Variable(kept.total, inputs: [self]) { g in [kept.gradient(times: g)] }
  }
}

/// The logits until their gradient is asked for, and from then on the gradient.
private final class CategoricalLogits {
  let total: Tensor
  private var logits: Tensor
  private let indices: Tensor
  private let normalizers: Tensor
  /// Rows an example, and elements a row.
  private let rows: Int, width: Int
  private let lengths: [Int64]
  /// What the gradient was multiplied by that now stands in `logits`.
  private var scale: Tensor?

  init(_ logits: Tensor, indices: Tensor, rows: Int, lengths: [Int64]) {
    (self.logits, self.indices, self.rows, self.lengths) = (logits, indices, rows, lengths)
    width = logits.shape[-1]
    let (n, dtype, batch) = (width, logits.dtype, lengths.count)
    Self.requireInRange(indices, below: n, rows: rows, lengths: lengths)
    var norms = Tensor.zeros([batch * rows], dtype: dtype)
    total = Tensor(shape: [batch], dtype: dtype) { total in
      norms.withUnsafeMutableBytes { norms in
        vae_categorical(
          dtype.kernel, Int64(batch), Int64(rows), Int64(n), lengths, indices.int32s, logits.bytes,
          total, norms.baseAddress)
      }
    }
    normalizers = norms
  }

  private static func requireInRange(
    _ indices: Tensor, below limit: Int, rows: Int, lengths: [Int64]
  ) {
    indices.withUnsafeBytes { raw in
      let all = raw.bindMemory(to: Int32.self)
      for (example, length) in lengths.enumerated() {
        for index in all[(example * rows)..<(example * rows + Int(length))] {
          precondition(index >= 0 && index < limit, "index \(index) is outside 0..<\(limit)")
        }
      }
    }
  }

  /// The gradient by the logits, of each example times an element of `g`.
  func gradient(times g: Tensor) -> Tensor {
    if let scale { return g == scale ? logits : rescaled(by: g / scale) }
    // A gradient that was multiplied by zero could not serve for another factor.
    guard g.doubles.allSatisfy({ abs($0) > 1e-20 && abs($0) < 1e20 }) else {
      return Tensor(shape: logits.shape, dtype: logits.dtype) {
        pullback(logits.bytes, g, to: $0)
      }
    }
    logits.withUnsafeMutableBytes { bytes in
      if let base = bytes.baseAddress { pullback(base, g, to: base) }
    }
    scale = g
    return logits
  }

  private func pullback(
    _ x: UnsafeMutableRawPointer, _ g: Tensor, to out: UnsafeMutableRawPointer
  ) {
    vae_categorical_pullback(
      g.dtype.kernel, Int64(lengths.count), Int64(rows), Int64(width), lengths,
      indices.int32s, normalizers.bytes, g.bytes, x, out)
  }

  private func rescaled(by factor: Tensor) -> Tensor {
    Tensor(shape: logits.shape, dtype: logits.dtype) {
      vae_scale_rows(
        logits.dtype.kernel, Int64(lengths.count), Int64(logits.shape.dropFirst().count),
        factor.bytes, logits.bytes, $0)
    }
  }
}

extension Tensor {
  /// The elements of an int32 tensor; valid while the tensor lives.
  var int32s: UnsafePointer<Int32> { UnsafePointer(bytes.assumingMemoryBound(to: Int32.self)) }
}
