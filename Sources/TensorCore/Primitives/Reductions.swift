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

extension Tensor {
  private typealias Reduction = (
    vae_dtype, Int64, Int64, Int64, UnsafeRawPointer, UnsafeMutableRawPointer
  ) -> Void

  private func reduced(along axis: Int, to shape: Shape, _ kernel: Reduction) -> Tensor {
    let (outer, n, inner) = self.shape.split(at: axis)
    return Tensor(shape: shape, dtype: dtype) {
      kernel(dtype.kernel, Int64(outer), Int64(n), Int64(inner), bytes, $0)
    }
  }

  /// The sum along an axis, which goes away.
  public func sum(along axis: Int) -> Tensor {
    reduced(along: axis, to: shape.removing(axis)) { vae_sum($0, $1, $2, $3, $4, $5) }
  }

  /// The sum of all elements, a scalar.
  public func sum() -> Tensor {
    Tensor(shape: [], dtype: dtype) { vae_sum(dtype.kernel, 1, Int64(count), 1, bytes, $0) }
  }

  /// The mean of all elements, a scalar.
  public func mean() -> Tensor { sum() * (1 / Double(count)) }

  /// The largest element along an axis, which goes away, and where it first stands (int32).
  public func maximum(along axis: Int) -> (value: Tensor, index: Tensor) {
    let (outer, n, inner) = shape.split(at: axis)
    precondition(n > 0, "there is no largest of no elements: \(shape) along \(axis)")
    var values: Tensor?
    let result = shape.removing(axis)
    let index = Tensor(shape: result, dtype: .int32) { index in
      values = Tensor(shape: result, dtype: dtype) {
        vae_max(
          dtype.kernel, Int64(outer), Int64(n), Int64(inner), bytes, $0,
          index.bindMemory(to: Int32.self, capacity: result.count))
      }
    }
    return (values ?? index, index)
  }

  func logSumExp(along axis: Int) -> Tensor {
    reduced(along: axis, to: shape.removing(axis)) { vae_log_sum_exp($0, $1, $2, $3, $4, $5) }
  }

  func softmax(along axis: Int) -> Tensor {
    reduced(along: axis, to: shape) { vae_softmax($0, $1, $2, $3, $4, $5) }
  }

  func cumulativeSum(along axis: Int, reversed: Bool) -> Tensor {
    reduced(along: axis, to: shape) {
      vae_cumulative_sum($0, $1, $2, $3, reversed ? 1 : 0, $4, $5)
    }
  }
}

extension Variable {
  /// The sum along an axis, which goes away.
  public func sum(along axis: Int) -> Variable {
    let shape = shape
    return Variable(value.sum(along: axis), inputs: [self]) { g in
      [g.reshaped(to: shape.keeping(axis)).broadcast(to: shape)]
    }
  }

  /// The sum of all elements, a scalar.
  public func sum() -> Variable {
    let shape = shape
    return Variable(value.sum(), inputs: [self]) { g in [g.broadcast(to: shape)] }
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
    let (shape, dtype) = (shape, dtype)
    return Variable(largest, inputs: [self]) { g in
      let axis = shape.position(of: axis)
      let (outer, n, inner) = shape.split(at: axis)
      let at = index.integers
      var positions = [Int32](repeating: 0, count: at.count)
      for i in at.indices {
        positions[i] = Int32((i / max(inner, 1) * n + Int(at[i])) * inner + i % max(inner, 1))
      }
      let flat = g.reshaped(to: [1, g.count])
      return [
        flat.scatterAdded(
          Tensor(positions, shape: [positions.count]), along: 1, size: outer * n * inner
        )
        .converted(to: dtype).reshaped(to: shape)
      ]
    }
  }

  /// log of the sum of exponentials along an axis, which goes away; without overflow.
  public func logSumExp(along axis: Int) -> Variable {
    let x = value
    let y = x.logSumExp(along: axis)
    return Variable(y, inputs: [self]) { g in
      [g.reshaped(to: x.shape.keeping(axis)) * x.softmax(along: axis)]
    }
  }

  /// Exponentials divided by their sum along an axis.
  public func softmax(along axis: Int) -> Variable {
    let y = value.softmax(along: axis)
    return Variable(y, inputs: [self]) { g in
      let product = g * y
      return [product - product.sum(along: axis).reshaped(to: y.shape.keeping(axis)) * y]
    }
  }

  /// The logarithm of ``softmax(along:)``, without overflow.
  public func logSoftmax(along axis: Int) -> Variable {
    let x = value
    let y = x - x.logSumExp(along: axis).reshaped(to: x.shape.keeping(axis))
    return Variable(y, inputs: [self]) { g in
      [g - g.sum(along: axis).reshaped(to: y.shape.keeping(axis)) * x.softmax(along: axis)]
    }
  }

  /// Running sums along an axis.
  public func cumulativeSum(along axis: Int) -> Variable {
    Variable(value.cumulativeSum(along: axis, reversed: false), inputs: [self]) { g in
      [g.cumulativeSum(along: axis, reversed: true)]
    }
  }
}
