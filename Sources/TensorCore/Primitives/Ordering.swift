internal import CTensorKernels

extension Tensor {
  /// Where the elements along an axis stand in rising or falling order (int32): the place of the first, of the second, ...
  ///
  /// Equal elements keep their order, and NaN comes last.
  public func argsorted(along axis: Int, falling: Bool = false) -> Tensor {
    precondition(dtype != .bfloat16, "bfloat16 is not sorted")
    let (outer, n, inner) = shape.split(at: axis)
    let sort = Argsort(
      element: dtype.element, outer: Int64(outer), n: Int64(n), inner: Int64(inner),
      falling: falling)
    return Tensor(shape, .int32, by: sort, self)
  }

  /// The elements along an axis that `indices` (int32) name, for each place of the other axes apart.
  ///
  /// The other sizes of `indices` are this tensor's.
  public func taken(_ indices: Tensor, along axis: Int) -> Tensor {
    let take = along(axis, indices, size: shape[axis])
    launch(
      IndexCheck(limit: shape[axis], rows: [0..<indices.count]), reading: [indices], writing: [])
    return Tensor(indices.shape, dtype, by: take, self, indices)
  }

  /// The elements along an axis in rising or falling order.
  public func sorted(along axis: Int, falling: Bool = false) -> Tensor {
    taken(argsorted(along: axis, falling: falling), along: axis)
  }

  /// The `count` largest elements along an axis, the largest first, and where they stand (int32).
  public func largest(_ count: Int, along axis: Int) -> (value: Tensor, index: Tensor) {
    precondition(
      (0...shape[axis]).contains(count), "axis \(axis) of \(shape) has no \(count) elements")
    let index = argsorted(along: axis, falling: true).sliced(along: axis, 0..<count)
    return (taken(index, along: axis), index)
  }

  /// Zeros of `size` along an axis, to which each element is added at its own index: the adjoint of ``taken(_:along:)``.
  fileprivate func addedAlong(_ indices: Tensor, _ axis: Int, size: Int) -> Tensor {
    var whole = shape
    whole[axis] = size
    var add = along(axis, indices, size: size)
    add.isAdjoint = true
    return Tensor(whole, dtype, by: add, self, indices)
  }

  private func along(_ axis: Int, _ indices: Tensor, size: Int) -> Along {
    precondition(indices.dtype == .int32, "indices are int32, not \(indices.dtype)")
    var expected = shape
    expected[axis] = indices.shape.rank == shape.rank ? indices.shape[axis] : -1
    precondition(
      expected == indices.shape, "indices \(indices.shape) do not fit axis \(axis) of \(shape)")
    let (outer, count, inner) = indices.shape.split(at: axis)
    return Along(
      dtype: dtype, outer: Int64(outer), n: Int64(size), inner: Int64(inner), count: Int64(count))
  }
}

extension Variable {
  /// The elements along an axis that `indices` (int32) name, for each place of the other axes apart.
  ///
  /// The other sizes of `indices` are this variable's.
  public func taken(_ indices: Tensor, along axis: Int) -> Variable {
    let size = shape[axis]
    return Variable(value.taken(indices, along: axis), of: [self]) { pull in
      pull { g in
        [g.addedAlong(indices, axis, size: size)]
      } again: { g, _ in
        [g.addedAlong(indices, axis, size: size)]
      }
    }
  }

  private func addedAlong(_ indices: Tensor, _ axis: Int, size: Int) -> Variable {
    Variable(value.addedAlong(indices, axis, size: size), of: [self]) { pull in
      pull { g in
        [g.taken(indices, along: axis)]
      } again: { g, _ in
        [g.taken(indices, along: axis)]
      }
    }
  }

  /// The elements along an axis in rising or falling order; a gradient goes to where an element stood.
  public func sorted(along axis: Int, falling: Bool = false) -> Variable {
    taken(value.argsorted(along: axis, falling: falling), along: axis)
  }

  /// The `count` largest elements along an axis, the largest first, and where they stand (int32).
  public func largest(_ count: Int, along axis: Int) -> (value: Variable, index: Tensor) {
    let index = value.largest(count, along: axis).index
    return (taken(index, along: axis), index)
  }
}

// MARK: - Kernels

private struct Argsort: Kernel {
  let element: vae_element
  let outer, n, inner: Int64
  let falling: Bool
  var name: String { "argsort" }

  func run(_ memory: Operands) {
    vae_argsort(element, outer, n, inner, falling ? 1 : 0, memory[0], memory.integers(1))
  }
}

/// Elements that indices name along an axis, or their adjoint.
private struct Along: Kernel {
  let dtype: DType
  let outer, n, inner, count: Int64
  var isAdjoint = false
  var name: String { isAdjoint ? "add along" : "take along" }

  func run(_ memory: Operands) {
    guard isAdjoint else {
      vae_take_along(
        dtype.byteCount, outer, n, inner, count, memory.integers(1), memory[0], memory[2])
      return
    }
    vae_clear(memory[2], Int(outer * n * inner) * dtype.byteCount)
    vae_add_along(
      dtype.kernel, outer, n, inner, count, memory.integers(1), memory[0], memory[2])
  }
}
