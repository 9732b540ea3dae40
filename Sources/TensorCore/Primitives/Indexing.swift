internal import CTensorKernels

extension Tensor {
  /// The axes in another order: axis i of the result is axis `order[i]` of this tensor.
  public func transposed(_ order: [Int]) -> Tensor {
    precondition(order.sorted() == Array(0..<shape.rank), "\(order) is no order of \(shape)'s axes")
    let strides = shape.strides
    return copied(
      dimensions: order.map { shape[$0] }, strides: order.map { strides[$0] }, offset: 0)
  }

  /// The elements of one range of an axis.
  public func sliced(along axis: Int, _ range: Range<Int>) -> Tensor {
    precondition(
      range.lowerBound >= 0 && range.upperBound <= shape[axis],
      "the range \(range) is outside axis \(axis) of \(shape)")
    var dimensions = shape
    dimensions[axis] = range.count
    let (outer, n, inner) = shape.split(at: axis)
    return Tensor(shape: dimensions, dtype: dtype) {
      vae_copy_rows(
        dtype.byteCount, Int64(outer), Int64(range.count * inner), Int64(n * inner),
        Int64(range.count * inner), bytes + range.lowerBound * inner * dtype.byteCount, $0)
    }
  }

  /// The tensor with `before` and `after` elements of `value` around one axis.
  public func padded(along axis: Int, before: Int, after: Int, with value: Double = 0) -> Tensor {
    var dimensions = shape
    dimensions[axis] += before + after
    var result = Tensor(repeating: value, shape: dimensions, dtype: dtype)
    let (outer, n, inner) = shape.split(at: axis)
    let (size, source) = (dtype.byteCount, bytes)
    result.withUnsafeMutableBytes { out in
      guard let base = out.baseAddress else { return }
      vae_copy_rows(
        size, Int64(outer), Int64(n * inner), Int64(n * inner), Int64((n + before + after) * inner),
        source, base + before * inner * size)
    }
    return result
  }

  /// Tensors joined along an axis; their other sizes agree.
  public static func concatenated(_ tensors: [Tensor], along axis: Int) -> Tensor {
    precondition(!tensors.isEmpty, "nothing to join")
    var shape = tensors[0].shape
    let axis = shape.position(of: axis)
    shape[axis] = tensors.reduce(0) { $0 + $1.shape[axis] }
    let (outer, n, inner) = shape.split(at: axis)
    let dtype = tensors[0].dtype
    return Tensor(shape: shape, dtype: dtype) { out in
      var at = 0
      for tensor in tensors {
        var expected = tensor.shape
        expected[axis] = shape[axis]
        precondition(
          expected == shape && tensor.dtype == dtype,
          "\(tensor.shape) does not join \(tensors[0].shape) along axis \(axis)")
        let width = tensor.shape[axis]
        vae_copy_rows(
          dtype.byteCount, Int64(outer), Int64(width * inner), Int64(width * inner),
          Int64(n * inner), tensor.bytes, out + at * inner * dtype.byteCount)
        at += width
      }
    }
  }

  /// The slices along an axis that `indices` (int32, one axis) name, in that order.
  public func gathered(_ indices: Tensor, along axis: Int) -> Tensor {
    let (outer, n, inner) = shape.split(at: axis)
    indices.requireIndices(below: n)
    var result = shape
    result[axis] = indices.count
    return Tensor(shape: result, dtype: dtype) {
      vae_gather(
        dtype.byteCount, Int64(outer), Int64(n), Int64(inner), Int64(indices.count),
        indices.bytes.bindMemory(to: Int32.self, capacity: indices.count), bytes, $0)
    }
  }

  /// Zeros of `size` along an axis, to which this tensor's slices are added at `indices`.
  func scatterAdded(_ indices: Tensor, along axis: Int, size: Int) -> Tensor {
    var shape = shape
    shape[axis] = size
    var result = Tensor.zeros(shape, dtype: dtype)
    let (outer, n, inner) = shape.split(at: axis)
    let (kernel, source) = (dtype.kernel, bytes)
    result.withUnsafeMutableBytes { out in
      guard let base = out.baseAddress else { return }
      vae_scatter_add(
        kernel, Int64(outer), Int64(n), Int64(inner), Int64(indices.count),
        indices.bytes.bindMemory(to: Int32.self, capacity: indices.count), source, base)
    }
    return result
  }

  private func requireIndices(below limit: Int) {
    precondition(dtype == .int32, "indices are int32, not \(dtype)")
    withUnsafeBytes { raw in
      for index in raw.bindMemory(to: Int32.self) {
        precondition(index >= 0 && index < limit, "index \(index) is outside 0..<\(limit)")
      }
    }
  }

  private func copied(dimensions: [Int], strides: [Int], offset: Int) -> Tensor {
    precondition(dimensions.count <= VAE_MAX_RANK, "more than \(VAE_MAX_RANK) axes: \(shape)")
    return Tensor(shape: Shape(dimensions), dtype: dtype) {
      vae_strided_copy(
        dtype.byteCount, Int32(dimensions.count), dimensions.map(Int64.init),
        strides.map(Int64.init), bytes + offset * dtype.byteCount, $0)
    }
  }
}

extension Variable {
  /// The same elements under another shape; one size may be -1 and is then worked out.
  public func reshaped(to dimensions: [Int]) -> Variable {
    let shape = shape
    return Variable(value.reshaped(to: dimensions), inputs: [self]) { g in [g.reshaped(to: shape)] }
  }

  /// The same elements under another shape.
  public func reshaped(to shape: Shape) -> Variable { reshaped(to: shape.dimensions) }

  /// All axes but the first merged into one: `[batch, count]`.
  public func flattenedPerExample() -> Variable {
    reshaped(to: [shape[0], shape.dropFirst().count])
  }

  /// The axes in another order: axis i of the result is axis `order[i]` of this variable.
  public func transposed(_ order: [Int]) -> Variable {
    var inverse = order
    for (i, axis) in order.enumerated() { inverse[axis] = i }
    return Variable(value.transposed(order), inputs: [self]) { [inverse] g in
      [g.transposed(inverse)]
    }
  }

  /// The elements of one range of an axis.
  public func sliced(along axis: Int, _ range: Range<Int>) -> Variable {
    let size = shape[axis]
    return Variable(value.sliced(along: axis, range), inputs: [self]) { g in
      [g.padded(along: axis, before: range.lowerBound, after: size - range.upperBound)]
    }
  }

  /// The variable with `before` and `after` elements of `value` around one axis.
  public func padded(along axis: Int, before: Int, after: Int, with value: Double = 0) -> Variable {
    let size = shape[axis]
    let padded = self.value.padded(along: axis, before: before, after: after, with: value)
    return Variable(padded, inputs: [self]) { g in
      [g.sliced(along: axis, before..<(before + size))]
    }
  }

  /// Variables joined along an axis; their other sizes agree.
  public static func concatenated(_ variables: [Variable], along axis: Int) -> Variable {
    let sizes = variables.map { $0.shape[axis] }
    let joined = Tensor.concatenated(variables.map(\.value), along: axis)
    return Variable(joined, inputs: variables) { g in
      var at = 0
      return sizes.map { size in
        defer { at += size }
        return g.sliced(along: axis, at..<(at + size))
      }
    }
  }

  /// The slices along an axis that `indices` (int32, one axis) name, in that order.
  public func gathered(_ indices: Tensor, along axis: Int) -> Variable {
    let size = shape[axis]
    return Variable(value.gathered(indices, along: axis), inputs: [self]) { g in
      [g.scatterAdded(indices, along: axis, size: size)]
    }
  }

  /// Rows of this table `[entries, width]` looked up by int32 tokens of any shape: `[tokens..., width]`.
  public func embedded(_ tokens: Tensor) -> Variable {
    gathered(tokens.reshaped(to: [tokens.count]), along: 0)
      .reshaped(to: tokens.shape + [shape[1]])
  }

  /// One element of each row `[..., n]`, the one `indices` (int32, `[...]`) names.
  public func picked(_ indices: Tensor) -> Variable {
    let n = shape[-1]
    let rows = indices.integers.enumerated().map { row, index in
      precondition(index >= 0 && index < n, "index \(index) is outside 0..<\(n)")
      return Int32(row * n) + index
    }
    return reshaped(to: [value.count]).gathered(Tensor(rows, shape: [rows.count]), along: 0)
      .reshaped(to: indices.shape)
  }
}
