internal import CTensorKernels

// The pullbacks of elementwise operations in operations of variables, for gradients of gradients.

extension vae_unary_op {
  /// The gradient of x from y = op(x) and the gradient `g` of y.
  func pullback(
    of x: Variable, _ a: Double, result y: Variable, gradient g: Variable
  ) -> Variable {
    switch self {
    case VAE_NEGATE: -g
    case VAE_EXP: g * y
    case VAE_LOG: g / x
    case VAE_LOG1P: g / (x + 1)
    case VAE_SQRT: g / y * 0.5
    case VAE_RECIPROCAL: -(g * y.squared())
    case VAE_SQUARE: g * x * 2
    case VAE_SIN: g * x.cos()
    case VAE_COS: -(g * x.sin())
    case VAE_TANH: g * (1 - y.squared())
    case VAE_SIGMOID: g * y * (1 - y)
    case VAE_ELU: g * Variable.eluSlope(y, a)
    case VAE_GELU: g * Variable.geluSlope(x)
    case VAE_SILU: g * Variable.siluSlope(x)
    case VAE_SOFTPLUS: g * x.sigmoid()
    case VAE_ERF: g * (-x.squared()).exp() * Variable.erfSlopeAtZero
    case VAE_SCALE: g * a
    case VAE_SHIFT: g
    case VAE_POWER: a == 0 ? g * 0 : g * x.power(a - 1) * a
    case VAE_ABS, VAE_RELU, VAE_LEAKY_RELU, VAE_CLAMP_MIN, VAE_CLAMP_MAX:
      g.scaled(bySlopeOf: self, a, at: x.value, y.value)
    default: preconditionFailure("an elementwise operation without a slope")
    }
  }
}

extension Variable {
  /// 2/√π.
  fileprivate static let erfSlopeAtZero = 1.12837916709551257390

  /// 1 where y is positive, elsewhere y + alpha = alpha e^x.
  fileprivate static func eluSlope(_ y: Variable, _ alpha: Double) -> Variable {
    let below = minimum(y, Variable(Tensor.zeros([], dtype: y.dtype))) + alpha
    let isAbove = Variable(y.value.binary(VAE_GREATER, .zeros([], dtype: y.dtype)))
    return isAbove + (1 - isAbove) * below
  }

  /// Φ(x) + x φ(x).
  fileprivate static func geluSlope(_ x: Variable) -> Variable {
    let share = ((x * 0.70710678118654752440).erf() + 1) * 0.5
    return share + x * (x.squared() * -0.5).exp() * 0.39894228040143267794
  }

  /// σ(x) (1 + x (1 - σ(x))).
  fileprivate static func siluSlope(_ x: Variable) -> Variable {
    let s = x.sigmoid()
    return s * (x * (1 - s) + 1)
  }

  /// Each element times a slope that does not change around it.
  ///
  /// Linear in this variable, and its own adjoint.
  fileprivate func scaled(
    bySlopeOf op: vae_unary_op, _ constant: Double, at x: Tensor, _ y: Tensor
  ) -> Variable {
    let scaled = x.unaryPullback(op, constant, result: y, gradient: value)
    return Variable(scaled, of: [self]) { pull in
      pull { g in
        [x.unaryPullback(op, constant, result: y, gradient: g)]
      } again: { g, _ in
        [g.scaled(bySlopeOf: op, constant, at: x, y)]
      }
    }
  }
}

extension PostStep {
  /// The gradient of the product, in operations of variables, from the result `y` and its gradient.
  func pullback(_ g: Variable, result y: Variable) -> Variable {
    // All that these need follows from the result.
    let op: vae_unary_op? =
      switch kernel {
      case VAE_THEN_RELU: VAE_RELU
      case VAE_THEN_LEAKY_RELU: VAE_LEAKY_RELU
      case VAE_THEN_ELU: VAE_ELU
      case VAE_THEN_TANH: VAE_TANH
      case VAE_THEN_SIGMOID: VAE_SIGMOID
      default: nil
      }
    return op?.pullback(of: y, constant, result: y, gradient: g) ?? g
  }
}

extension Variable {
  /// The gradient of a bias, one element a column, from that of what it was added to.
  func summedToBias() -> Variable {
    let columns = shape[-1]
    return reshaped(to: [columns == 0 ? 0 : value.count / columns, columns]).sum(along: 0)
  }
}
