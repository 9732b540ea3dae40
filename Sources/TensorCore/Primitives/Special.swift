internal import CTensorKernels

extension Variable {
  /// The logarithm of the size of the gamma function.
  public func logGamma() -> Variable {
    special(VAE_LOG_GAMMA) { g, x, _ in g * x.digamma() }
  }

  /// The digamma function, the derivative of ``logGamma()``.
  public func digamma() -> Variable {
    special(VAE_DIGAMMA) { g, x, _ in g * x.polygamma(1) }
  }

  /// The derivative of ``digamma()`` of an order of at least 1; of order 1 it is the trigamma function.
  ///
  /// Negative arguments take as many steps as they are large.
  public func polygamma(_ order: Int) -> Variable {
    precondition(order >= 1, "polygamma functions are of order 1 and up, not \(order)")
    return special(VAE_POLYGAMMA, Double(order)) { g, x, _ in g * x.polygamma(order + 1) }
  }

  /// 1 - erf(x), without cancellation.
  public func erfc() -> Variable {
    special(VAE_ERFC) { g, x, _ in g * (-x.squared()).exp() * -1.12837916709551257390 }
  }

  /// The number whose ``erf()`` this is: infinite at -1 and 1, NaN beyond.
  ///
  /// - Source: Wichura, "Algorithm AS 241", Applied Statistics 37, 1988.
  public func erfInverse() -> Variable {
    special(VAE_ERF_INVERSE) { g, _, y in g * y.squared().exp() * 0.88622692545275801365 }
  }

  /// The logarithm of the standard normal distribution function, exact far below 0 too.
  public func logNormalCDF() -> Variable {
    special(VAE_LOG_NORMAL_CDF) { g, x, y in
      g * (x.squared() * -0.5 - y - 0.91893853320467274178).exp()
    }
  }

  /// log I_v(x) for the modified Bessel function of the first kind, x at least 0 and its order v at least 0.
  ///
  /// - Source: the uniform expansion of Abramowitz and Stegun 9.7.7, and the recurrence of the orders.
  public func logBesselI(order v: Double) -> Variable { logScaledBesselI(order: v) + self }

  /// log I_v(x) - x: the logarithm of the exponentially scaled function, exact for large x.
  public func logScaledBesselI(order v: Double) -> Variable {
    precondition(v >= 0, "Bessel functions are of order 0 and up, not \(v)")
    return special(VAE_LOG_BESSEL_SCALED, v) { g, x, _ in
      let slope = x.besselRatio(order: v) - 1
      return g * (v == 0 ? slope : slope + v * x.reciprocal())
    }
  }

  /// I_{v+1}(x) / I_v(x), x at least 0: from 0 up to 1 as x grows.
  ///
  /// With v = d / 2 - 1 it is the length of the mean of a von Mises-Fisher distribution in d dimensions of concentration x.
  public func besselRatio(order v: Double) -> Variable {
    precondition(v >= 0, "Bessel functions are of order 0 and up, not \(v)")
    return special(VAE_BESSEL_RATIO, v) { g, x, y in
      // 1 - y² - (2 v + 1) y / x, with y / x = 1 / (2 (v + 1) + next): so nothing cancels where x is not large.
      let next = x * x.besselRatio(order: v + 1)
      return g * ((next + 1) / (next + 2 * (v + 1)) - y.squared())
    }
  }

  private func special(
    _ op: vae_special_op, _ constant: Double = 0,
    slope: @escaping (_ g: Variable, _ x: Variable, _ y: Variable) -> Variable
  ) -> Variable {
    let kernel = Special(dtype: dtype.kernel, op: op, constant: constant, count: value.count)
    return Variable(
      Tensor(shape, dtype, by: kernel, value), inputs: [self],
      differentiablePullback: { g, inputs, y in [slope(g, inputs[0], y)] })
  }
}

private struct Special: Kernel {
  let dtype: vae_dtype
  let op: vae_special_op
  let constant: Double
  let count: Int
  var name: String {
    switch op {
    case VAE_LOG_GAMMA: "log gamma"
    case VAE_DIGAMMA: "digamma"
    case VAE_POLYGAMMA: "polygamma"
    case VAE_ERFC: "erfc"
    case VAE_ERF_INVERSE: "inverse erf"
    case VAE_LOG_NORMAL_CDF: "log normal cdf"
    case VAE_LOG_BESSEL_SCALED: "log bessel"
    default: "bessel ratio"
    }
  }

  func run(_ memory: Operands) { vae_special(dtype, op, constant, count, memory[0], memory[1]) }
}
