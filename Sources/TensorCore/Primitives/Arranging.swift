internal import CTensorKernels

extension Tensor {
  /// The same elements with an axis of size 1 put in front of `axis`; -1 puts it last.
  public func expanded(at axis: Int) -> Tensor {
    let axis = axis < 0 ? axis + shape.rank + 1 : axis
    precondition(axis >= 0 && axis <= shape.rank, "\(shape) has no place \(axis) for an axis")
    return reshaped(to: Array(shape.dimensions[..<axis]) + [1] + shape.dimensions[axis...])
  }

  /// Rows of zeros with a one where `indices` (int32, `[...]`) says: `[..., count]`.
  public static func oneHot(_ indices: Tensor, count: Int, dtype: DType = .float32) -> Tensor {
    let oneHot = OneHot(rows: indices.count, count: count)
    return Tensor(indices.shape + [count], .float32, by: oneHot, indices).converted(to: dtype)
  }
}

private struct OneHot: Kernel {
  let rows, count: Int
  var name: String { "one-hot" }

  func run(_ memory: Operands) {
    guard let indices = memory.integers(0), let out = memory.floats(1) else { return }
    vae_clear(out, 4 * rows * count)
    for row in 0..<rows {
      let index = Int(indices[row])
      precondition(index >= 0 && index < count, "index \(index) is outside 0..<\(count)")
      out[row * count + index] = 1
    }
  }
}

extension Variable {
  /// The same elements with an axis of size 1 put in front of `axis`; -1 puts it last.
  public func expanded(at axis: Int) -> Variable {
    reshaped(to: value.expanded(at: axis).shape)
  }

  /// Variables of one shape side by side along a new axis.
  public static func stacked(_ variables: [Variable], along axis: Int = 0) -> Variable {
    let joined = variables.map { $0.expanded(at: axis) }
    return concatenated(joined, along: axis)
  }

  /// Parts of the given sizes along an axis; the sizes add up to the axis.
  public func split(along axis: Int, sizes: [Int]) -> [Variable] {
    precondition(
      sizes.reduce(0, +) == shape[axis], "\(sizes) do not add up to axis \(axis) of \(shape)")
    let (whole, dtype) = (shape, dtype)
    var at = 0
    let parts = sizes.map { size in
      defer { at += size }
      return value.sliced(along: axis, at..<(at + size))
    }
    func zeros(_ size: Int) -> Tensor {
      var shape = whole
      shape[axis] = size
      return .zeros(shape, dtype: dtype)
    }
    return Variable.results(parts, of: [self]) { pull in
      pull { gradients in
        [.concatenated(zip(sizes, gradients).map { $1 ?? zeros($0) }, along: axis)]
      } again: { gradients, _ in
        [.concatenated(zip(sizes, gradients).map { $1 ?? Variable(zeros($0)) }, along: axis)]
      }
    }
  }
}
