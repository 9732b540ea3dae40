internal import CTensorKernels

extension Shape {
  fileprivate func removing(_ axis: Int) -> Shape {
    var dimensions = dimensions
    dimensions.remove(at: position(of: axis))
    return Shape(dimensions)
  }

  fileprivate func keeping(_ axis: Int) -> Shape {
    var shape = self
    shape[axis] = 1
    return shape
  }
}

/// A reduction or a scan along the middle of three axes.
private struct Reduction: Kernel {
  enum Form { case sum, logSumExp, softmax, cumulativeSum, reversedCumulativeSum }
  let form: Form
  let dtype: vae_dtype
  let outer, count, inner: Int64
  var name: String {
    switch form {
    case .sum: "sum"
    case .logSumExp: "log-sum-exp"
    case .softmax: "softmax"
    case .cumulativeSum, .reversedCumulativeSum: "cumulative sum"
    }
  }

  func run(_ memory: Operands) {
    let (x, y) = (memory[0], memory[1])
    switch form {
    case .sum: vae_sum(dtype, outer, count, inner, x, y)
    case .logSumExp: vae_log_sum_exp(dtype, outer, count, inner, x, y)
    case .softmax: vae_softmax(dtype, outer, count, inner, x, y)
    case .cumulativeSum: vae_cumulative_sum(dtype, outer, count, inner, 0, x, y)
    case .reversedCumulativeSum: vae_cumulative_sum(dtype, outer, count, inner, 1, x, y)
    }
  }
}

/// The largest elements, and where they first stand.
private struct Maximum: Kernel {
  let dtype: vae_dtype
  let outer, count, inner: Int64
  var name: String { "max" }

  func run(_ memory: Operands) {
    vae_max(dtype, outer, count, inner, memory[0], memory[1], memory.integers(2))
  }
}

/// Puts each gradient where the largest element stood, and zeros elsewhere.
private struct MaximumPullback: Kernel {
  let size: Int
  let outer, count, inner: Int
  var name: String { "max pullback" }

  func run(_ memory: Operands) {
    guard let g = memory[0], let index = memory.integers(1), let dx = memory[2] else { return }
    vae_clear(dx, outer * count * inner * size)
    for i in 0..<(outer * inner) {
      let place = (i / inner * count + Int(index[i])) * inner + i % inner
      (dx + place * size).copyMemory(from: g + i * size, byteCount: size)
    }
  }
}

extension Tensor {
  private func reduced(along axis: Int, to shape: Shape, _ form: Reduction.Form) -> Tensor {
    let (outer, count, inner) = self.shape.split(at: axis)
    let reduction = Reduction(
      form: form, dtype: dtype.kernel, outer: Int64(outer), count: Int64(count),
      inner: Int64(inner))
    return Tensor(shape, dtype, by: reduction, self)
  }

  /// The sum along an axis, which goes away.
  public func sum(along axis: Int) -> Tensor {
    reduced(along: axis, to: shape.removing(axis), .sum)
  }

  /// The sum of all elements, a scalar.
  public func sum() -> Tensor {
    reshaped(to: [count]).reduced(along: 0, to: [], .sum)
  }

  /// The mean of all elements, a scalar.
  public func mean() -> Tensor { sum() * (1 / Double(count)) }

  /// The largest element along an axis, which goes away, and where it first stands (int32).
  public func maximum(along axis: Int) -> (value: Tensor, index: Tensor) {
    let (outer, n, inner) = shape.split(at: axis)
    precondition(n > 0, "there is no largest of no elements: \(shape) along \(axis)")
    let result = shape.removing(axis)
    let value = Tensor(unwritten: result, dtype), index = Tensor(unwritten: result, .int32)
    let maximum = Maximum(
      dtype: dtype.kernel, outer: Int64(outer), count: Int64(n), inner: Int64(inner))
    launch(maximum, reading: [self], writing: [value, index])
    return (value, index)
  }

  func logSumExp(along axis: Int) -> Tensor {
    reduced(along: axis, to: shape.removing(axis), .logSumExp)
  }

  func softmax(along axis: Int) -> Tensor { reduced(along: axis, to: shape, .softmax) }

  func cumulativeSum(along axis: Int, reversed: Bool) -> Tensor {
    reduced(along: axis, to: shape, reversed ? .reversedCumulativeSum : .cumulativeSum)
  }
}

extension Variable {
  /// The sum along an axis, which goes away.
  public func sum(along axis: Int) -> Variable {
    let shape = shape
    return Variable(value.sum(along: axis), of: [self]) { pull in
      pull { g in
        [g.reshaped(to: shape.keeping(axis)).broadcast(to: shape)]
      } again: { g, _ in
        [g.reshaped(to: shape.keeping(axis)).broadcast(to: shape)]
      }
    }
  }

  /// The sum of all elements, a scalar.
  public func sum() -> Variable {
    let shape = shape
    return Variable(value.sum(), of: [self]) { pull in
      pull { g in
        [g.broadcast(to: shape)]
      } again: { g, _ in
        [g.broadcast(to: shape)]
      }
    }
  }

  /// The mean along an axis, which goes away.
  public func mean(along axis: Int) -> Variable { sum(along: axis) / Double(shape[axis]) }

  /// The mean of all elements, a scalar.
  public func mean() -> Variable { sum() / Double(value.count) }

  /// The sum over all axes but the first: one number an example, `[batch]`.
  public func sumPerExample() -> Variable {
    reshaped(to: [shape[0], shape.dropFirst().count]).sum(along: 1)
  }

  /// The largest element along an axis, which goes away; the gradient goes to the first such element.
  public func maximum(along axis: Int) -> Variable {
    let (largest, index) = value.maximum(along: axis)
    let (outer, count, inner) = shape.split(at: axis)
    let pullback = MaximumPullback(
      size: dtype.byteCount, outer: outer, count: count, inner: inner)
    let (shape, dtype) = (shape, dtype)
    return Variable(largest, of: [self]) { pull in
      pull { g in
        [Tensor(shape, dtype, by: pullback, g, index)]
      } again: { g, _ in
        let ones = Tensor(repeating: 1, shape: index.shape, dtype: dtype)
        let isLargest = Tensor(shape, dtype, by: pullback, ones, index)
        return [g.reshaped(to: shape.keeping(axis)) * Variable(isLargest)]
      }
    }
  }

  /// log of the sum of exponentials along an axis, which goes away; without overflow.
  public func logSumExp(along axis: Int) -> Variable {
    let x = value
    let y = x.logSumExp(along: axis)
    return Variable(y, of: [self]) { pull in
      pull { g in
        [g.reshaped(to: x.shape.keeping(axis)) * x.softmax(along: axis)]
      } again: { g, node in
        [g.reshaped(to: x.shape.keeping(axis)) * node.inputs[0].softmax(along: axis)]
      }
    }
  }

  /// Exponentials divided by their sum along an axis.
  public func softmax(along axis: Int) -> Variable {
    let y = value.softmax(along: axis)
    return Variable(y, of: [self]) { pull in
      pull { g in
        let product = g * y
        return [product - product.sum(along: axis).reshaped(to: y.shape.keeping(axis)) * y]
      } again: { g, node in
        let product = g * node.result
        let total = product.sum(along: axis).reshaped(to: y.shape.keeping(axis))
        return [product - total * node.result]
      }
    }
  }

  /// The logarithm of ``softmax(along:)``, without overflow.
  public func logSoftmax(along axis: Int) -> Variable {
    let x = value
    let y = x - x.logSumExp(along: axis).reshaped(to: x.shape.keeping(axis))
    return Variable(y, of: [self]) { pull in
      pull { g in
        [g - g.sum(along: axis).reshaped(to: y.shape.keeping(axis)) * x.softmax(along: axis)]
      } again: { g, node in
        let total = g.sum(along: axis).reshaped(to: y.shape.keeping(axis))
        return [g - total * node.inputs[0].softmax(along: axis)]
      }
    }
  }

  /// Running sums along an axis.
  public func cumulativeSum(along axis: Int) -> Variable {
    cumulativeSum(along: axis, reversed: false)
  }

  private func cumulativeSum(along axis: Int, reversed: Bool) -> Variable {
    Variable(value.cumulativeSum(along: axis, reversed: reversed), of: [self]) { pull in
      pull { g in
        [g.cumulativeSum(along: axis, reversed: !reversed)]
      } again: { g, _ in
        [g.cumulativeSum(along: axis, reversed: !reversed)]
      }
    }
  }
}
