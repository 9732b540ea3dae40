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
    return Variable(
      kept.total, inputs: [self],
      name: "categoricalLogProbability; logSoftmax(along:) and picked(_:) in its place have one"
    ) { g in [kept.gradient(times: g)] }
  }
}

/// The logits until their gradient is asked for, and from then on the gradient.
private final class CategoricalLogits {
  let total: Tensor
  private var logits: Tensor
  private let indices: Tensor
  private let normalizers: Tensor
  /// Rows an example, and elements a row.
  private let sizes: CategoricalSizes
  /// What the gradient was multiplied by that now stands in `logits`.
  private var scale: Tensor?

  init(_ logits: Tensor, indices: Tensor, rows: Int, lengths: [Int64]) {
    (self.logits, self.indices) = (logits, indices)
    let (dtype, batch, width) = (logits.dtype, lengths.count, logits.shape[-1])
    sizes = CategoricalSizes(
      dtype: dtype.kernel, rows: Int64(rows), width: Int64(width), lengths: lengths)
    let real = lengths.enumerated().map { ($0 * rows)..<($0 * rows + Int($1)) }
    launch(IndexCheck(limit: width, rows: real), reading: [indices], writing: [])
    normalizers = Tensor(unwritten: [batch * rows], dtype)
    total = Tensor(unwritten: [batch], dtype)
    launch(
      Categorical(sizes: sizes), reading: [indices, logits], writing: [total, normalizers])
  }

  /// The gradient by the logits, of each example times an element of `g`.
  func gradient(times g: Tensor) -> Tensor {
    if let scale { return g == scale ? logits : logits.scalingRows(by: g / scale) }
    let pullback = CategoricalPullback(sizes: sizes)
    // A gradient that was multiplied by zero could not serve for another factor. A recording asks once.
    let isRecorded = Watch.current?.recording != nil
    guard isRecorded || g.doubles.allSatisfy({ abs($0) > 1e-20 && abs($0) < 1e20 }) else {
      return Tensor(
        logits.shape, logits.dtype, by: pullback.apart, indices, normalizers, g, logits)
    }
    logits.modify(by: pullback, reading: indices, normalizers, g)
    scale = g
    return logits
  }
}

private struct CategoricalSizes: Equatable {
  let dtype: vae_dtype
  let rows, width: Int64
  let lengths: [Int64]
}

private struct Categorical: Kernel {
  let sizes: CategoricalSizes
  var name: String { "categorical" }

  func run(_ memory: Operands) {
    vae_categorical(
      sizes.dtype, Int64(sizes.lengths.count), sizes.rows, sizes.width, sizes.lengths,
      memory.integers(0), memory[1], memory[2], memory[3])
  }
}

/// The gradient in the place of the logits, or apart from them.
private struct CategoricalPullback: Kernel {
  let sizes: CategoricalSizes
  var isApart = false
  var name: String { "categorical pullback" }
  var apart: Self { Self(sizes: sizes, isApart: true) }

  func run(_ memory: Operands) {
    vae_categorical_pullback(
      sizes.dtype, Int64(sizes.lengths.count), sizes.rows, sizes.width, sizes.lengths,
      memory.integers(0), memory[1], memory[2], memory[3], memory[isApart ? 4 : 3])
  }
}
