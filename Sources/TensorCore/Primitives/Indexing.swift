internal import CTensorKernels

extension Tensor {
  /// The axes in another order: axis i of the result is axis `order[i]` of this tensor.
  public func transposed(_ order: [Int]) -> Tensor {
    precondition(order.sorted() == Array(0..<shape.rank), "\(order) is no order of \(shape)'s axes")
    let strides = shape.strides
    return copied(
      dimensions: order.map { shape[$0] }, strides: order.map { strides[$0] })
  }

  /// The elements of one range of an axis.
  public func sliced(along axis: Int, _ range: Range<Int>) -> Tensor {
    precondition(
      range.lowerBound >= 0 && range.upperBound <= shape[axis],
      "the range \(range) is outside axis \(axis) of \(shape)")
    var dimensions = shape
    dimensions[axis] = range.count
    let (outer, n, inner) = shape.split(at: axis)
    let slice = Slice(
      size: dtype.byteCount, outer: outer, width: n * inner, start: range.lowerBound * inner,
      count: range.count * inner)
    return Tensor(dimensions, dtype, by: slice, self)
  }

  /// The tensor with `before` and `after` elements of `value` around one axis.
  public func padded(along axis: Int, before: Int, after: Int, with value: Double = 0) -> Tensor {
    var dimensions = shape
    dimensions[axis] += before + after
    let (outer, n, inner) = shape.split(at: axis)
    let fill = value == 0 ? nil : Tensor(repeating: value, shape: [1], dtype: dtype)
    let padding = Padding(
      size: dtype.byteCount, outer: outer, count: n * inner, before: before * inner,
      after: after * inner)
    return Tensor(dimensions, dtype, by: padding, self, fill)
  }

  /// Tensors joined along an axis; their other sizes agree.
  public static func concatenated(_ tensors: [Tensor], along axis: Int) -> Tensor {
    precondition(!tensors.isEmpty, "nothing to join")
    var shape = tensors[0].shape
    let axis = shape.position(of: axis)
    shape[axis] = tensors.reduce(0) { $0 + $1.shape[axis] }
    let (outer, n, inner) = shape.split(at: axis)
    let dtype = tensors[0].dtype
    for tensor in tensors {
      var expected = tensor.shape
      expected[axis] = shape[axis]
      precondition(
        expected == shape && tensor.dtype == dtype,
        "\(tensor.shape) does not join \(tensors[0].shape) along axis \(axis)")
    }
    let joined = Tensor(unwritten: shape, dtype)
    let join = Join(
      size: dtype.byteCount, outer: outer, width: n * inner,
      counts: tensors.map { $0.shape[axis] * inner })
    launch(join, reading: tensors, writing: [joined])
    return joined
  }

  /// The slices along an axis that `indices` (int32, one axis) name, in that order.
  public func gathered(_ indices: Tensor, along axis: Int) -> Tensor {
    let (outer, n, inner) = shape.split(at: axis)
    indices.requireIndices(below: n)
    var result = shape
    result[axis] = indices.count
    let gather = Gather(
      size: dtype.byteCount, outer: Int64(outer), n: Int64(n), inner: Int64(inner),
      count: Int64(indices.count))
    return Tensor(result, dtype, by: gather, self, indices)
  }

  /// Zeros of `size` along an axis, to which this tensor's slices are added at `indices` (int32, one axis).
  public func scatterAdded(_ indices: Tensor, along axis: Int, size: Int) -> Tensor {
    precondition(
      indices.count == self.shape[axis],
      "\(indices.count) indices for axis \(axis) of \(self.shape)")
    indices.requireIndices(below: size)
    return scatterAddedUnchecked(indices, along: axis, size: size)
  }

  /// The same at indices that were checked before.
  fileprivate func scatterAddedUnchecked(_ indices: Tensor, along axis: Int, size: Int) -> Tensor {
    var shape = shape
    shape[axis] = size
    let (outer, n, inner) = shape.split(at: axis)
    let scatter = ScatterAdd(
      dtype: dtype.kernel, byteCount: shape.count * dtype.byteCount, outer: Int64(outer),
      n: Int64(n), inner: Int64(inner), count: Int64(indices.count))
    return Tensor(shape, dtype, by: scatter, self, indices)
  }

  private func requireIndices(below limit: Int) {
    precondition(dtype == .int32, "indices are int32, not \(dtype)")
    launch(
      IndexCheck(limit: limit, rows: [0..<count]), reading: [self], writing: [])
  }

  private func copied(dimensions: [Int], strides: [Int]) -> Tensor {
    precondition(dimensions.count <= VAE_MAX_RANK, "more than \(VAE_MAX_RANK) axes: \(shape)")
    let copy = StridedCopy(
      size: dtype.byteCount, dimensions: dimensions.map(Int64.init),
      strides: strides.map(Int64.init))
    return Tensor(Shape(dimensions), dtype, by: copy, self)
  }
}

extension Variable {
  /// The same elements under another shape; one size may be -1 and is then worked out.
  public func reshaped(to dimensions: [Int]) -> Variable {
    let shape = shape
    return Variable(value.reshaped(to: dimensions), of: [self]) { pull in
      pull { g in
        [g.reshaped(to: shape)]
      } again: { g, _ in
        [g.reshaped(to: shape)]
      }
    }
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
    return Variable(value.transposed(order), of: [self]) { [inverse] pull in
      pull { g in
        [g.transposed(inverse)]
      } again: { g, _ in
        [g.transposed(inverse)]
      }
    }
  }

  /// The elements of one range of an axis.
  public func sliced(along axis: Int, _ range: Range<Int>) -> Variable {
    let size = shape[axis]
    return Variable(value.sliced(along: axis, range), of: [self]) { pull in
      pull { g in
        [g.padded(along: axis, before: range.lowerBound, after: size - range.upperBound)]
      } again: { g, _ in
        [g.padded(along: axis, before: range.lowerBound, after: size - range.upperBound)]
      }
    }
  }

  /// The variable with `before` and `after` elements of `value` around one axis.
  public func padded(along axis: Int, before: Int, after: Int, with value: Double = 0) -> Variable {
    let size = shape[axis]
    let padded = self.value.padded(along: axis, before: before, after: after, with: value)
    return Variable(padded, of: [self]) { pull in
      pull { g in
        [g.sliced(along: axis, before..<(before + size))]
      } again: { g, _ in
        [g.sliced(along: axis, before..<(before + size))]
      }
    }
  }

  /// Variables joined along an axis; their other sizes agree.
  public static func concatenated(_ variables: [Variable], along axis: Int) -> Variable {
    let sizes = variables.map { $0.shape[axis] }
    let joined = Tensor.concatenated(variables.map(\.value), along: axis)
    return Variable(joined, of: variables) { pull in
      var at = 0
      func next(_ size: Int) -> Range<Int> {
        defer { at += size }
        return at..<(at + size)
      }
      return pull { g in
        sizes.map { g.sliced(along: axis, next($0)) }
      } again: { g, node in
        zip(sizes, node.wants).map { size, isWanted in
          let range = next(size)
          return isWanted ? g.sliced(along: axis, range) : nil
        }
      }
    }
  }

  /// The slices along an axis that `indices` (int32, one axis) name, in that order.
  public func gathered(_ indices: Tensor, along axis: Int) -> Variable {
    let size = shape[axis]
    return Variable(value.gathered(indices, along: axis), of: [self]) { pull in
      pull { g in
        [g.scatterAddedUnchecked(indices, along: axis, size: size)]
      } again: { g, _ in
        [g.scatterAdded(indices, along: axis, size: size)]
      }
    }
  }

  /// Zeros of `size` along an axis, to which this variable's slices are added at `indices` (int32, one axis).
  public func scatterAdded(_ indices: Tensor, along axis: Int, size: Int) -> Variable {
    let sum = value.scatterAdded(indices, along: axis, size: size)
    return Variable(sum, of: [self]) { pull in
      pull { g in
        [g.gathered(indices, along: axis)]
      } again: { g, _ in
        [g.gathered(indices, along: axis)]
      }
    }
  }

  /// Rows of this table `[entries, width]` looked up by int32 tokens of any shape: `[tokens..., width]`.
  public func embedded(_ tokens: Tensor) -> Variable {
    gathered(tokens.reshaped(to: [tokens.count]), along: 0)
      .reshaped(to: tokens.shape + [shape[1]])
  }

  /// One element of each row `[..., n]`, the one `indices` (int32, `[...]`) names.
  public func picked(_ indices: Tensor) -> Variable {
    let places = Tensor(
      [indices.count], .int32, by: RowPlaces(count: indices.count, width: shape[-1]), indices)
    return reshaped(to: [value.count]).gathered(places, along: 0).reshaped(to: indices.shape)
  }
}

// MARK: - Kernels

/// Elements `start ..< start + count` of each row of `width`.
private struct Slice: Kernel {
  let size, outer, width, start, count: Int
  var name: String { "slice" }

  func run(_ memory: Operands) {
    guard let x = memory[0] else { return }
    vae_copy_rows(
      size, Int64(outer), Int64(count), Int64(width), Int64(count), x + start * size, memory[1])
  }
}

/// Rows of `count` elements with others around them: zeros, or the element of the second operand.
private struct Padding: Kernel {
  let size, outer, count, before, after: Int
  var name: String { "pad" }

  func run(_ memory: Operands) {
    vae_pad(
      size, Int64(outer), Int64(count), Int64(before), Int64(after), memory[0], memory[1],
      memory[2])
  }
}

/// Rows put side by side: `counts` elements of each operand make a row of `width`.
private struct Join: Kernel {
  let size, outer, width: Int
  let counts: [Int]
  var name: String { "concatenate" }

  func run(_ memory: Operands) {
    guard var out = memory[counts.count] else { return }
    for (i, count) in counts.enumerated() {
      vae_copy_rows(
        size, Int64(outer), Int64(count), Int64(count), Int64(width), memory[i], out)
      out += count * size
    }
  }
}

/// Rows that indices name.
private struct Gather: Kernel {
  let size: Int
  let outer, n, inner, count: Int64
  var name: String { "gather" }

  func run(_ memory: Operands) {
    vae_gather(size, outer, n, inner, count, memory.integers(1), memory[0], memory[2])
  }
}

/// Its adjoint, over zeros.
private struct ScatterAdd: Kernel {
  let dtype: vae_dtype
  let byteCount: Int
  let outer, n, inner, count: Int64
  var name: String { "scatter add" }

  func run(_ memory: Operands) {
    vae_clear(memory[2], byteCount)
    vae_scatter_add(dtype, outer, n, inner, count, memory.integers(1), memory[0], memory[2])
  }
}

/// Traps where an index of some rows is outside 0..<limit: what follows would leave its memory.
struct IndexCheck: Kernel {
  let limit: Int
  let rows: [Range<Int>]
  var name: String { "index check" }

  func run(_ memory: Operands) {
    guard let indices = memory.integers(0) else { return }
    for row in rows {
      for i in row {
        precondition(
          indices[i] >= 0 && indices[i] < limit, "index \(indices[i]) is outside 0..<\(limit)")
      }
    }
  }
}

/// The place of one element of each row of `width` among all.
private struct RowPlaces: Kernel {
  let count, width: Int
  var name: String { "row places" }

  func run(_ memory: Operands) {
    guard let indices = memory.integers(0), let places = memory.integers(1) else { return }
    for row in 0..<count {
      let index = Int(indices[row])
      precondition(index >= 0 && index < width, "index \(index) is outside 0..<\(width)")
      places[row] = Int32(row * width + index)
    }
  }
}
