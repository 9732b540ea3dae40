internal import CTensorKernels

extension Tensor {
  /// `op` over two operands that broadcast: aligned at their last axes, an axis of size 1 repeats.
  func binary(_ op: vae_binary_op, _ other: Tensor) -> Tensor {
    precondition(dtype == other.dtype, "operands are \(dtype) and \(other.dtype)")
    if shape == other.shape {
      return Tensor(shape: shape, dtype: dtype) {
        var (size, step) = (Int64(count), Int64(1))
        vae_binary(dtype.kernel, op, 1, &size, &step, &step, bytes, other.bytes, $0)
      }
    }
    guard let result = shape.broadcast(with: other.shape) else {
      preconditionFailure("shapes \(shape) and \(other.shape) do not broadcast")
    }
    return Tensor(shape: result, dtype: dtype) { out in
      BroadcastPlan.with(result, shape, other.shape) { plan in
        vae_binary(
          dtype.kernel, op, plan.rank, plan.dimensions, plan.left, plan.right, bytes, other.bytes,
          out)
      }
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
    return Tensor(shape: shape, dtype: dtype) { out in
      BroadcastPlan.with(shape, self.shape, shape) { plan in
        vae_strided_copy(dtype.byteCount, plan.rank, plan.dimensions, plan.left, bytes, out)
      }
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
  /// Every element plus a constant.
  public static func + (a: Tensor, constant: Double) -> Tensor { a.unary(VAE_SHIFT, constant) }
  /// Every element minus a constant.
  public static func - (a: Tensor, constant: Double) -> Tensor { a.unary(VAE_SHIFT, -constant) }
  /// -a.
  public static prefix func - (a: Tensor) -> Tensor { a.unary(VAE_NEGATE) }
}

/// Axis sizes and the operands' strides, with neighbouring axes merged where both operands allow it.
private struct BroadcastPlan {
  /// The number of axes that are left.
  var rank: Int32 = 0
  /// Room for as many axes as a kernel takes.
  let dimensions, left, right: UnsafeMutablePointer<Int64>

  /// Calls `body` with the plan for operands of shapes `a` and `b`; it lives on the stack.
  static func with(_ result: Shape, _ a: Shape, _ b: Shape, _ body: (BroadcastPlan) -> Void) {
    let limit = Int(VAE_MAX_RANK)
    withUnsafeTemporaryAllocation(of: Int64.self, capacity: 3 * limit) { room in
      guard let base = room.baseAddress else { return }
      var plan = BroadcastPlan(dimensions: base, left: base + limit, right: base + 2 * limit)
      plan.fill(result, a, b)
      body(plan)
    }
  }

  /// From the last axis to the first, then turned round.
  private mutating func fill(_ result: Shape, _ a: Shape, _ b: Shape) {
    var count = 0
    var (strideA, strideB) = (1, 1)
    for axis in stride(from: result.rank - 1, through: 0, by: -1) {
      let size = result.dimensions[axis]
      let (atA, atB) = (axis - result.rank + a.rank, axis - result.rank + b.rank)
      let (sizeA, sizeB) = (atA < 0 ? 1 : a.dimensions[atA], atB < 0 ? 1 : b.dimensions[atB])
      guard size != 1 else { continue }
      let stepA = Int64(sizeA == size ? strideA : 0), stepB = Int64(sizeB == size ? strideB : 0)
      strideA *= sizeA
      strideB *= sizeB
      let inner = count - 1
      if inner >= 0, stepA == left[inner] * dimensions[inner],
        stepB == right[inner] * dimensions[inner]
      {
        dimensions[inner] *= Int64(size)
      } else {
        precondition(count < VAE_MAX_RANK, "more than \(VAE_MAX_RANK) axes: \(result)")
        (dimensions[count], left[count], right[count]) = (Int64(size), stepA, stepB)
        count += 1
      }
    }
    for i in 0..<(count / 2) {
      let j = count - 1 - i
      (dimensions[i], dimensions[j]) = (dimensions[j], dimensions[i])
      (left[i], left[j]) = (left[j], left[i])
      (right[i], right[j]) = (right[j], right[i])
    }
    rank = Int32(count)
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
