internal import CTensorKernels

extension Tensor {
  /// `op` over two operands that broadcast: aligned at their last axes, an axis of size 1 repeats.
  func binary(_ op: vae_binary_op, _ other: Tensor) -> Tensor {
    precondition(dtype == other.dtype, "operands are \(dtype) and \(other.dtype)")
    let (result, plan) = broadcastPlan(with: other)
    return Tensor(result, dtype, by: Binary(dtype: dtype.kernel, op: op, plan: plan), self, other)
  }

  /// The shape this and another operand broadcast to, and how they are walked through.
  func broadcastPlan(with other: Tensor) -> (shape: Shape, plan: BroadcastPlan) {
    guard let result = shape.broadcast(with: other.shape) else {
      preconditionFailure("shapes \(shape) and \(other.shape) do not broadcast")
    }
    let plan =
      shape == other.shape
      ? BroadcastPlan(count: count) : BroadcastPlan(result, shape, other.shape)
    return (result, plan)
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
    return Tensor(
      shape, dtype,
      by: StridedCopy(
        size: dtype.byteCount, dimensions: plan.dimensions, strides: plan.left), self)
  }

  /// Elementwise sum, of int32 numbers too; operands broadcast.
  public static func + (a: Tensor, b: Tensor) -> Tensor {
    a.dtype == .int32 ? a.integer(VAE_INT_ADD, b) : a.binary(VAE_ADD, b)
  }
  /// Elementwise difference, of int32 numbers too; operands broadcast.
  public static func - (a: Tensor, b: Tensor) -> Tensor {
    a.dtype == .int32 ? a.integer(VAE_INT_SUBTRACT, b) : a.binary(VAE_SUBTRACT, b)
  }
  /// Elementwise product, of int32 numbers too; operands broadcast.
  public static func * (a: Tensor, b: Tensor) -> Tensor {
    a.dtype == .int32 ? a.integer(VAE_INT_MULTIPLY, b) : a.binary(VAE_MULTIPLY, b)
  }
  /// Elementwise quotient, of int32 numbers rounded toward zero; operands broadcast.
  public static func / (a: Tensor, b: Tensor) -> Tensor {
    a.dtype == .int32 ? a.integer(VAE_INT_DIVIDE, b) : a.binary(VAE_DIVIDE, b)
  }
  /// Every element times a constant.
  public static func * (a: Tensor, constant: Double) -> Tensor {
    a.dtype == .int32 ? a * a.constant(constant) : a.unary(VAE_SCALE, constant)
  }
  /// Every element plus a constant.
  public static func + (a: Tensor, constant: Double) -> Tensor {
    a.dtype == .int32 ? a + a.constant(constant) : a.unary(VAE_SHIFT, constant)
  }
  /// Every element minus a constant.
  public static func - (a: Tensor, constant: Double) -> Tensor { a + -constant }
  /// Every element divided by a constant, of int32 numbers rounded toward zero.
  public static func / (a: Tensor, constant: Double) -> Tensor {
    a.dtype == .int32 ? a / a.constant(constant) : a.unary(VAE_SCALE, 1 / constant)
  }
  /// -a.
  public static prefix func - (a: Tensor) -> Tensor {
    a.dtype == .int32 ? a * -1 : a.unary(VAE_NEGATE)
  }
}

/// An operation on two operands that broadcast.
private struct Binary: Kernel {
  let dtype: vae_dtype
  let op: vae_binary_op
  let plan: BroadcastPlan
  var name: String {
    switch op {
    case VAE_ADD: "add"
    case VAE_SUBTRACT: "subtract"
    case VAE_MULTIPLY: "multiply"
    case VAE_DIVIDE: "divide"
    case VAE_MAXIMUM: "maximum"
    case VAE_MINIMUM: "minimum"
    default: "greater"
    }
  }

  func run(_ memory: Operands) {
    vae_binary(
      dtype, op, Int32(plan.dimensions.count), plan.dimensions, plan.left, plan.right, memory[0],
      memory[1], memory[2])
  }
}

/// Elements of `size` bytes picked with a stride along each axis.
struct StridedCopy: Kernel {
  let size: Int
  let dimensions, strides: [Int64]
  var name: String { strides.contains(0) ? "broadcast" : "transpose" }

  func run(_ memory: Operands) {
    vae_strided_copy(
      size, Int32(dimensions.count), dimensions, strides, memory[0], memory[1])
  }
}

/// Axis sizes and the operands' strides, with neighbouring axes merged where both operands allow it.
struct BroadcastPlan: Equatable {
  private(set) var dimensions: [Int64] = []
  private(set) var left: [Int64] = []
  private(set) var right: [Int64] = []

  /// Of operands of one shape.
  init(count: Int) { (dimensions, left, right) = ([Int64(count)], [1], [1]) }

  /// From the last axis to the first, then turned round.
  init(_ result: Shape, _ a: Shape, _ b: Shape) {
    var (strideA, strideB) = (1, 1)
    for axis in stride(from: result.rank - 1, through: 0, by: -1) {
      let size = result.dimensions[axis]
      let (atA, atB) = (axis - result.rank + a.rank, axis - result.rank + b.rank)
      let (sizeA, sizeB) = (atA < 0 ? 1 : a.dimensions[atA], atB < 0 ? 1 : b.dimensions[atB])
      guard size != 1 else { continue }
      let stepA = Int64(sizeA == size ? strideA : 0), stepB = Int64(sizeB == size ? strideB : 0)
      strideA *= sizeA
      strideB *= sizeB
      if let inner = dimensions.last, stepA == (left.last ?? 0) * inner,
        stepB == (right.last ?? 0) * inner
      {
        dimensions[dimensions.count - 1] *= Int64(size)
      } else {
        dimensions.append(Int64(size))
        left.append(stepA)
        right.append(stepB)
      }
    }
    precondition(dimensions.count <= VAE_MAX_RANK, "more than \(VAE_MAX_RANK) axes: \(result)")
    dimensions.reverse()
    left.reverse()
    right.reverse()
  }
}

extension Variable {
  private static func binary(
    _ op: vae_binary_op, _ a: Variable, _ b: Variable,
    pullback: @escaping (_ g: Tensor, _ x: Tensor, _ y: Tensor) -> (() -> Tensor, () -> Tensor),
    again:
      @escaping (_ g: Variable, _ x: Variable, _ y: Variable) -> (
        () -> Variable, () -> Variable
      )
  ) -> Variable {
    let (x, y) = (a.value, b.value)
    let (needsA, needsB) = (a.requiresGradient, b.requiresGradient)
    return Variable(x.binary(op, y), of: [a, b]) { pull in
      pull { g in
        let (left, right) = pullback(g, x, y)
        return [
          needsA ? left().summed(to: x.shape) : nil, needsB ? right().summed(to: y.shape) : nil,
        ]
      } again: { g, node in
        let (left, right) = again(g, node.inputs[0], node.inputs[1])
        return [
          node.wants[0] ? left().summed(to: x.shape) : nil,
          node.wants[1] ? right().summed(to: y.shape) : nil,
        ]
      }
    }
  }

  /// Elementwise sum; operands broadcast.
  public static func + (a: Variable, b: Variable) -> Variable {
    binary(VAE_ADD, a, b) { g, _, _ in
      ({ g }, { g })
    } again: { g, _, _ in
      ({ g }, { g })
    }
  }

  /// Elementwise difference; operands broadcast.
  public static func - (a: Variable, b: Variable) -> Variable {
    binary(VAE_SUBTRACT, a, b) { g, _, _ in
      ({ g }, { g.unary(VAE_NEGATE) })
    } again: { g, _, _ in
      ({ g }, { -g })
    }
  }

  /// Elementwise product; operands broadcast.
  public static func * (a: Variable, b: Variable) -> Variable {
    binary(VAE_MULTIPLY, a, b) { g, x, y in
      ({ g * y }, { g * x })
    } again: { g, x, y in
      ({ g * y }, { g * x })
    }
  }

  /// Elementwise quotient; operands broadcast.
  public static func / (a: Variable, b: Variable) -> Variable {
    binary(VAE_DIVIDE, a, b) { g, x, y in
      ({ g / y }, { (g * x / (y * y)).unary(VAE_NEGATE) })
    } again: { g, x, y in
      ({ g / y }, { -(g * x / (y * y)) })
    }
  }

  /// The larger of two elements; where they are equal the gradient goes to `b`.
  public static func maximum(_ a: Variable, _ b: Variable) -> Variable {
    binary(VAE_MAXIMUM, a, b) { g, x, y in
      ({ g * x.binary(VAE_GREATER, y) }, { g - g * x.binary(VAE_GREATER, y) })
    } again: { g, x, y in
      let isFirst = Variable(x.value.binary(VAE_GREATER, y.value))
      return ({ g * isFirst }, { g - g * isFirst })
    }
  }

  /// The smaller of two elements; where they are equal the gradient goes to `b`.
  public static func minimum(_ a: Variable, _ b: Variable) -> Variable {
    binary(VAE_MINIMUM, a, b) { g, x, y in
      ({ g * y.binary(VAE_GREATER, x) }, { g - g * y.binary(VAE_GREATER, x) })
    } again: { g, x, y in
      let isFirst = Variable(y.value.binary(VAE_GREATER, x.value))
      return ({ g * isFirst }, { g - g * isFirst })
    }
  }

  /// The elements repeated to a shape they broadcast to.
  public func broadcast(to shape: Shape) -> Variable {
    precondition(
      self.shape.broadcast(with: shape) == shape, "\(self.shape) does not broadcast to \(shape)")
    let own = self.shape
    return Variable(value.broadcast(to: shape), of: [self]) { pull in
      pull { g in
        [g.summed(to: own)]
      } again: { g, _ in
        [g.summed(to: own)]
      }
    }
  }

  /// The sum over the axes along which `shape` was repeated to give this variable's shape.
  func summed(to shape: Shape) -> Variable {
    if shape == self.shape { return self }
    let own = self.shape
    return Variable(value.summed(to: shape), of: [self]) { pull in
      pull { g in
        [g.broadcast(to: own)]
      } again: { g, _ in
        [g.broadcast(to: own)]
      }
    }
  }
}
