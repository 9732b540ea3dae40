internal import CTensorKernels

// Masks are int32 tensors of ones and zeros: `*` of two is "and", their maximum "or", and `converted(to:)` makes factors of
// them.

extension Tensor {
  /// Where a is less than b; operands broadcast.
  public static func .< (a: Tensor, b: Tensor) -> Tensor { a.compared(VAE_LESS, b) }
  /// Where a is at most b; operands broadcast.
  public static func .<= (a: Tensor, b: Tensor) -> Tensor { a.compared(VAE_LESS_OR_EQUAL, b) }
  /// Where a is greater than b; operands broadcast.
  public static func .> (a: Tensor, b: Tensor) -> Tensor { b.compared(VAE_LESS, a) }
  /// Where a is at least b; operands broadcast.
  public static func .>= (a: Tensor, b: Tensor) -> Tensor { b.compared(VAE_LESS_OR_EQUAL, a) }
  /// Where the two are equal, which NaN is to nothing; operands broadcast.
  public static func .== (a: Tensor, b: Tensor) -> Tensor { a.compared(VAE_EQUAL, b) }
  /// Where the two differ; operands broadcast.
  public static func .!= (a: Tensor, b: Tensor) -> Tensor { a.compared(VAE_NOT_EQUAL, b) }

  /// Where elements are less than a constant.
  public static func .< (a: Tensor, constant: Double) -> Tensor { a .< a.constant(constant) }
  /// Where elements are at most a constant.
  public static func .<= (a: Tensor, constant: Double) -> Tensor { a .<= a.constant(constant) }
  /// Where elements are greater than a constant.
  public static func .> (a: Tensor, constant: Double) -> Tensor { a .> a.constant(constant) }
  /// Where elements are at least a constant.
  public static func .>= (a: Tensor, constant: Double) -> Tensor { a .>= a.constant(constant) }
  /// Where elements are a constant.
  public static func .== (a: Tensor, constant: Double) -> Tensor { a .== a.constant(constant) }
  /// Where elements are not a constant.
  public static func .!= (a: Tensor, constant: Double) -> Tensor { a .!= a.constant(constant) }

  /// The elements of `a` where the mask (int32) is not 0, those of `b` elsewhere; all three broadcast.
  public static func select(_ mask: Tensor, _ a: Tensor, _ b: Tensor) -> Tensor {
    precondition(mask.dtype == .int32, "a mask is int32, not \(mask.dtype)")
    precondition(a.dtype == b.dtype, "operands are \(a.dtype) and \(b.dtype)")
    guard let both = a.shape.broadcast(with: b.shape), let shape = mask.shape.broadcast(with: both)
    else {
      preconditionFailure("mask \(mask.shape), \(a.shape) and \(b.shape) do not broadcast")
    }
    return Tensor(
      shape, a.dtype, by: Select(size: a.dtype.byteCount, count: shape.count),
      mask.broadcast(to: shape), a.broadcast(to: shape), b.broadcast(to: shape))
  }

  /// A scalar of this tensor's format.
  func constant(_ value: Double) -> Tensor {
    precondition(
      dtype != .int32 || value == value.rounded(), "\(value) is no integer, as the elements are")
    return Tensor(value, dtype: dtype)
  }

  private func compared(_ op: vae_comparison, _ other: Tensor) -> Tensor {
    precondition(
      dtype == other.dtype && dtype != .bfloat16, "operands are \(dtype) and \(other.dtype)")
    let (shape, plan) = broadcastPlan(with: other)
    return Tensor(
      shape, .int32, by: Comparison(element: dtype.element, op: op, plan: plan), self, other)
  }
}

extension Variable {
  /// The elements of `a` where the mask (int32) is not 0, those of `b` elsewhere; all three broadcast.
  ///
  /// An element that is not chosen gets no gradient, whatever it is: NaN and infinity stay behind.
  public static func select(_ mask: Tensor, _ a: Variable, _ b: Variable) -> Variable {
    let chosen = Tensor.select(mask, a.value, b.value)
    let (left, right) = (a.shape, b.shape)
    let (needsLeft, needsRight) = (a.requiresGradient, b.requiresGradient)
    return Variable(
      chosen, inputs: [a, b],
      differentiablePullback: { g, _, _ in
        let zero = Variable(.zeros([], dtype: g.dtype))
        return [
          needsLeft ? select(mask, g, zero).summed(to: left) : nil,
          needsRight ? select(mask, zero, g).summed(to: right) : nil,
        ]
      })
  }
}

// MARK: - Kernels

private struct Comparison: Kernel {
  let element: vae_element
  let op: vae_comparison
  let plan: BroadcastPlan
  var name: String { "compare" }

  func run(_ memory: Operands) {
    vae_compare(
      element, op, Int32(plan.dimensions.count), plan.dimensions, plan.left, plan.right, memory[0],
      memory[1], memory.integers(2))
  }
}

private struct Select: Kernel {
  let size, count: Int
  var name: String { "select" }

  func run(_ memory: Operands) {
    vae_select(size, count, memory.integers(0), memory[1], memory[2], memory[3])
  }
}
