internal import CTensorKernels

/// A function of each element.
private struct Unary: Kernel {
  let dtype: vae_dtype
  let op: vae_unary_op
  let constant: Double
  let count: Int
  var name: String { op.name }

  func run(_ memory: Operands) { vae_unary(dtype, op, constant, count, memory[0], memory[1]) }
}

/// Its pullback, from the argument, the result and the result's gradient.
private struct UnaryPullback: Kernel {
  let dtype: vae_dtype
  let op: vae_unary_op
  let constant: Double
  let count: Int
  var name: String { "\(op.name) pullback" }

  func run(_ memory: Operands) {
    vae_unary_pullback(
      dtype, op, constant, count, memory[0], memory[1], memory[2], memory[3])
  }
}

extension vae_unary_op {
  /// What profiles call it.
  fileprivate var name: String {
    switch self {
    case VAE_NEGATE: "negate"
    case VAE_EXP: "exp"
    case VAE_LOG: "log"
    case VAE_LOG1P: "log1p"
    case VAE_SQRT: "sqrt"
    case VAE_RECIPROCAL: "reciprocal"
    case VAE_SQUARE: "square"
    case VAE_ABS: "abs"
    case VAE_SIN: "sin"
    case VAE_COS: "cos"
    case VAE_TANH: "tanh"
    case VAE_SIGMOID: "sigmoid"
    case VAE_RELU: "relu"
    case VAE_LEAKY_RELU: "leaky relu"
    case VAE_ELU: "elu"
    case VAE_GELU: "gelu"
    case VAE_SILU: "silu"
    case VAE_SOFTPLUS: "softplus"
    case VAE_ERF: "erf"
    case VAE_CLAMP_MIN, VAE_CLAMP_MAX: "clamp"
    case VAE_SCALE: "scale"
    case VAE_SHIFT: "shift"
    case VAE_POWER: "power"
    default: "elementwise"
    }
  }
}

extension Tensor {
  func unary(_ op: vae_unary_op, _ constant: Double = 0) -> Tensor {
    Tensor(
      shape, dtype, by: Unary(dtype: dtype.kernel, op: op, constant: constant, count: count), self)
  }

  func unaryPullback(
    _ op: vae_unary_op, _ constant: Double, result: Tensor, gradient: Tensor
  ) -> Tensor {
    Tensor(
      shape, dtype,
      by: UnaryPullback(dtype: dtype.kernel, op: op, constant: constant, count: count), self,
      result, gradient)
  }
}

extension Variable {
  private func unary(_ op: vae_unary_op, _ constant: Double = 0) -> Variable {
    let x = value
    let y = x.unary(op, constant)
    return Variable(y, of: [self]) { pull in
      pull { g in
        [x.unaryPullback(op, constant, result: y, gradient: g)]
      } again: { g, node in
        [op.pullback(of: node.inputs[0], constant, result: node.result, gradient: g)]
      }
    }
  }

  /// -x.
  public static prefix func - (x: Variable) -> Variable { x.unary(VAE_NEGATE) }
  /// e to the power x.
  public func exp() -> Variable { unary(VAE_EXP) }
  /// The natural logarithm.
  public func log() -> Variable { unary(VAE_LOG) }
  /// log(1 + x), exact near 0.
  public func log1p() -> Variable { unary(VAE_LOG1P) }
  /// The square root.
  public func squareRoot() -> Variable { unary(VAE_SQRT) }
  /// 1 / x.
  public func reciprocal() -> Variable { unary(VAE_RECIPROCAL) }
  /// x * x.
  public func squared() -> Variable { unary(VAE_SQUARE) }
  /// |x|; its derivative at 0 is taken as 0.
  public func absolute() -> Variable { unary(VAE_ABS) }
  /// The sine.
  public func sin() -> Variable { unary(VAE_SIN) }
  /// The cosine.
  public func cos() -> Variable { unary(VAE_COS) }
  /// The hyperbolic tangent.
  public func tanh() -> Variable { unary(VAE_TANH) }
  /// 1 / (1 + e^-x).
  public func sigmoid() -> Variable { unary(VAE_SIGMOID) }
  /// max(x, 0); its derivative at 0 is taken as 0.
  public func relu() -> Variable { unary(VAE_RELU) }
  /// x where positive, `slope` * x elsewhere.
  public func leakyReLU(slope: Double = 0.01) -> Variable { unary(VAE_LEAKY_RELU, slope) }
  /// x where positive, `alpha` (e^x - 1) elsewhere.
  ///
  /// - Source: Clevert, Unterthiner and Hochreiter, arXiv:1511.07289.
  public func elu(alpha: Double = 1) -> Variable { unary(VAE_ELU, alpha) }
  /// x times the standard normal distribution function of x, in its exact form.
  ///
  /// - Source: Hendrycks and Gimpel, arXiv:1606.08415.
  public func gelu() -> Variable { unary(VAE_GELU) }
  /// x * sigmoid(x).
  public func silu() -> Variable { unary(VAE_SILU) }
  /// log(1 + e^x), without overflow.
  public func softplus() -> Variable { unary(VAE_SOFTPLUS) }
  /// The error function, 2/√π times the integral of e^(-t²) from 0 to x.
  public func erf() -> Variable { unary(VAE_ERF) }
  /// x, but at least `limit`.
  public func clamped(atLeast limit: Double) -> Variable { unary(VAE_CLAMP_MIN, limit) }
  /// x, but at most `limit`.
  public func clamped(atMost limit: Double) -> Variable { unary(VAE_CLAMP_MAX, limit) }
  /// x to a constant power.
  public func power(_ exponent: Double) -> Variable { unary(VAE_POWER, exponent) }

  /// x times a constant.
  public static func * (x: Variable, constant: Double) -> Variable { x.unary(VAE_SCALE, constant) }
  /// A constant times x.
  public static func * (constant: Double, x: Variable) -> Variable { x.unary(VAE_SCALE, constant) }
  /// x divided by a constant.
  public static func / (x: Variable, constant: Double) -> Variable {
    x.unary(VAE_SCALE, 1 / constant)
  }
  /// x plus a constant.
  public static func + (x: Variable, constant: Double) -> Variable { x.unary(VAE_SHIFT, constant) }
  /// x minus a constant.
  public static func - (x: Variable, constant: Double) -> Variable { x.unary(VAE_SHIFT, -constant) }
  /// A constant minus x.
  public static func - (constant: Double, x: Variable) -> Variable { -x + constant }
}
