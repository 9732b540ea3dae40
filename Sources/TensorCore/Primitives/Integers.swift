internal import CTensorKernels

extension Tensor {
  /// The remainder of int32 numbers, with the sign of the first; operands broadcast.
  public static func % (a: Tensor, b: Tensor) -> Tensor { a.integer(VAE_INT_REMAINDER, b) }
  /// The remainder of int32 numbers by a constant.
  public static func % (a: Tensor, constant: Double) -> Tensor { a % a.constant(constant) }

  /// The larger of two elements; operands broadcast.
  public static func maximum(_ a: Tensor, _ b: Tensor) -> Tensor {
    a.dtype == .int32 ? a.integer(VAE_INT_MAXIMUM, b) : a.binary(VAE_MAXIMUM, b)
  }

  /// The smaller of two elements; operands broadcast.
  public static func minimum(_ a: Tensor, _ b: Tensor) -> Tensor {
    a.dtype == .int32 ? a.integer(VAE_INT_MINIMUM, b) : a.binary(VAE_MINIMUM, b)
  }

  /// `op` over two int32 operands that broadcast.
  func integer(_ op: vae_integer_op, _ other: Tensor) -> Tensor {
    precondition(
      dtype == .int32 && other.dtype == .int32, "operands are \(dtype) and \(other.dtype)")
    let (shape, plan) = broadcastPlan(with: other)
    return Tensor(
      shape, .int32, by: IntegerBinary(op: op, plan: plan, divisors: other.count), self, other)
  }
}

/// An operation on two int32 operands that broadcast.
private struct IntegerBinary: Kernel {
  let op: vae_integer_op
  let plan: BroadcastPlan
  let divisors: Int
  var name: String { "integer arithmetic" }

  func run(_ memory: Operands) {
    if op == VAE_INT_DIVIDE || op == VAE_INT_REMAINDER, let b = memory.integers(1) {
      for i in 0..<divisors { precondition(b[i] != 0, "element \(i) of a divisor is 0") }
    }
    vae_integer_binary(
      op, Int32(plan.dimensions.count), plan.dimensions, plan.left, plan.right, memory.integers(0),
      memory.integers(1), memory.integers(2))
  }
}
