internal import CTensorKernels

extension Tensor {
  /// `op` over two operands that broadcast: aligned at their last axes, an axis of size 1 repeats.
  func binary(_ op: vae_binary_op, _ other: Tensor) -> Tensor {
    precondition(dtype == other.dtype, "operands are \(dtype) and \(other.dtype)")
    if shape == other.shape {
      return Tensor(shape: shape, dtype: dtype) {
        vae_binary(dtype.kernel, op, 1, [Int64(count)], [1], [1], bytes, other.bytes, $0)
      }
    }
    guard let result = shape.broadcast(with: other.shape) else {
      preconditionFailure("shapes \(shape) and \(other.shape) do not broadcast")
    }
    let plan = BroadcastPlan(result, shape, other.shape)
    return Tensor(shape: result, dtype: dtype) {
      vae_binary(
        dtype.kernel, op, Int32(plan.dimensions.count), plan.dimensions, plan.left, plan.right,
        bytes, other.bytes, $0)
    }
  }

  /// The sum over the axes along which `shape` was repeated to give this tensor's shape.
  func summed(to shape: Shape) -> Tensor {
    if shape == self.shape { return self }
    var result = self
    let extra = self.shape.rank - shape.rank
    if extra > 0 {
      let lead = self.shape.dimensions[..<extra].reduce(1, *)
      result = result.reshaped(to: [lead] + self.shape.dimensions[extra...]).sum(along: 0)
    }
    for axis in 0..<shape.rank where shape[axis] == 1 && result.shape[axis] != 1 {
      let sum = result.sum(along: axis)
      result = sum.reshaped(
        to: Shape(sum.shape.dimensions[..<axis] + [1] + sum.shape.dimensions[axis...]))
    }
    return result
  }

  /// The elements repeated to a shape they broadcast to.
  func broadcast(to shape: Shape) -> Tensor {
    if shape == self.shape { return self }
    let plan = BroadcastPlan(shape, self.shape, shape)
    return Tensor(shape: shape, dtype: dtype) {
      vae_strided_copy(
        dtype.byteCount, Int32(plan.dimensions.count), plan.dimensions, plan.left, bytes, $0)
    }
  }

  /// Elementwise sum; operands broadcast.
  public static func + (a: Tensor, b: Tensor) -> Tensor { a.binary(VAE_ADD, b) }
  /// Elementwise difference; operands broadcast.
  public static func - (a: Tensor, b: Tensor) -> Tensor { a.binary(VAE_SUBTRACT, b) }
  /// Elementwise product; operands broadcast.
  public static func * (a: Tensor, b: Tensor) -> Tensor { a.binary(VAE_MULTIPLY, b) }
  /// Elementwise quotient; operands broadcast.
  public static func / (a: Tensor, b: Tensor) -> Tensor { a.binary(VAE_DIVIDE, b) }
  /// Every element times a constant.
  public static func * (a: Tensor, constant: Double) -> Tensor { a.unary(VAE_SCALE, constant) }
}

/// Axis sizes and the operands' strides, with neighbouring axes merged where both operands allow it.
private struct BroadcastPlan {
  var dimensions: [Int64] = []
  var left: [Int64] = []
  var right: [Int64] = []

  init(_ result: Shape, _ a: Shape, _ b: Shape) {
    let strideA = Self.strides(of: a, over: result)
    let strideB = Self.strides(of: b, over: result)
    for axis in 0..<result.rank where result[axis] != 1 {
      let size = Int64(result[axis])
      if let last = dimensions.indices.last, left[last] == strideA[axis] * size,
        right[last] == strideB[axis] * size
      {
        dimensions[last] *= size
        left[last] = strideA[axis]
        right[last] = strideB[axis]
      } else {
        dimensions.append(size)
        left.append(strideA[axis])
        right.append(strideB[axis])
      }
    }
    precondition(dimensions.count <= VAE_MAX_RANK, "more than \(VAE_MAX_RANK) axes: \(result)")
  }

  private static func strides(of shape: Shape, over result: Shape) -> [Int64] {
    let own = shape.strides
    let extra = result.rank - shape.rank
    return (0..<result.rank).map { axis in
      guard axis >= extra, shape[axis - extra] == result[axis] else { return 0 }
      return Int64(own[axis - extra])
    }
  }
}

extension Variable {
  private static func binary(
    _ op: vae_binary_op, _ a: Variable, _ b: Variable,
    pullback: @escaping (_ g: Tensor, _ x: Tensor, _ y: Tensor) -> (() -> Tensor, () -> Tensor)
  ) -> Variable {
    let (x, y) = (a.value, b.value)
    let (needsA, needsB) = (a.requiresGradient, b.requiresGradient)
    return Variable(x.binary(op, y), inputs: [a, b]) { g in
      let (left, right) = pullback(g, x, y)
      return [
        needsA ? left().summed(to: x.shape) : nil, needsB ? right().summed(to: y.shape) : nil,
      ]
    }
  }

  /// Elementwise sum; operands broadcast.
  public static func + (a: Variable, b: Variable) -> Variable {
    binary(VAE_ADD, a, b) { g, _, _ in ({ g }, { g }) }
  }

  /// Elementwise difference; operands broadcast.
  public static func - (a: Variable, b: Variable) -> Variable {
    binary(VAE_SUBTRACT, a, b) { g, _, _ in ({ g }, { g.unary(VAE_NEGATE) }) }
  }

  /// Elementwise product; operands broadcast.
  public static func * (a: Variable, b: Variable) -> Variable {
    binary(VAE_MULTIPLY, a, b) { g, x, y in ({ g * y }, { g * x }) }
  }

  /// Elementwise quotient; operands broadcast.
  public static func / (a: Variable, b: Variable) -> Variable {
    binary(VAE_DIVIDE, a, b) { g, x, y in
      ({ g / y }, { (g * x / (y * y)).unary(VAE_NEGATE) })
    }
  }

  /// The larger of two elements; where they are equal the gradient goes to `b`.
  public static func maximum(_ a: Variable, _ b: Variable) -> Variable {
    binary(VAE_MAXIMUM, a, b) { g, x, y in
      ({ g * x.binary(VAE_GREATER, y) }, { g - g * x.binary(VAE_GREATER, y) })
    }
  }

  /// The smaller of two elements; where they are equal the gradient goes to `b`.
  public static func minimum(_ a: Variable, _ b: Variable) -> Variable {
    binary(VAE_MINIMUM, a, b) { g, x, y in
      ({ g * y.binary(VAE_GREATER, x) }, { g - g * y.binary(VAE_GREATER, x) })
    }
  }

  /// The elements repeated to a shape they broadcast to.
  public func broadcast(to shape: Shape) -> Variable {
    precondition(
      self.shape.broadcast(with: shape) == shape, "\(self.shape) does not broadcast to \(shape)")
    let own = self.shape
    return Variable(value.broadcast(to: shape), inputs: [self]) { g in [g.summed(to: own)] }
  }
}
