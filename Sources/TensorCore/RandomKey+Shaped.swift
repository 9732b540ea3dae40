internal import CTensorKernels

// Draws whose distribution stands at the same place of a tensor.

extension RandomKey {
  /// Gamma variables of rate 1 with these shape parameters, each positive; the smallest round to 0 where shapes are small.
  ///
  /// - Source: Marsaglia and Tsang, "A simple method for generating gamma variables", 2000.
  public mutating func gamma(_ shapes: Tensor) -> Tensor { logGamma(shapes).unary(VAE_EXP) }

  /// The logarithms of gamma variables, exact where those are too small for their format.
  public mutating func logGamma(_ shapes: Tensor) -> Tensor { draw(.logGamma, shapes) }

  /// Beta variables with these two parameters, each positive.
  public mutating func beta(_ a: Tensor, _ b: Tensor) -> Tensor {
    precondition(a.shape == b.shape, "parameters are \(a.shape) and \(b.shape)")
    let (x, y) = (logGamma(a), logGamma(b))
    return (x - y).unary(VAE_SIGMOID)
  }

  /// Poisson variables with these means, as whole numbers in their format.
  ///
  /// - Source: Hörmann, "The transformed rejection method for generating Poisson random variables", 1993.
  public mutating func poisson(_ means: Tensor) -> Tensor { draw(.poisson, means) }

  /// A random order of 0..<`count` (int32), every order equally likely.
  public mutating func permutation(count: Int) -> Tensor {
    let (source, stream) = takeStream()
    return Tensor([count], .int32, by: Permutation(stream: stream, count: count), source)
  }

  private mutating func draw(_ distribution: ShapedDraw.Distribution, _ parameters: Tensor)
    -> Tensor
  {
    let (source, stream) = takeStream()
    let draw = ShapedDraw(
      distribution: distribution, dtype: parameters.dtype.kernel, stream: stream,
      count: parameters.count)
    return Tensor(parameters.shape, parameters.dtype, by: draw, source, parameters)
  }
}

extension Variable {
  /// The logarithms of gamma variables of rate 1 whose shape parameters these are, as functions of them: at a fixed
  /// probability.
  ///
  /// `exp()` of it is the variable, and a softmax over independent ones is a Dirichlet variable.
  ///
  /// - Source: Figurnov, Mohamed and Mnih, "Implicit Reparameterization Gradients", arXiv:1805.08498.
  public func logGammaSample(using key: inout RandomKey) -> Variable {
    let (a, sample) = (value, key.logGamma(value))
    let pullback = LogGammaPullback(dtype: dtype.kernel, count: a.count)
    return Variable(
      sample, inputs: [self],
      name: "logGammaSample, whose slope is a series of its own"
    ) { g in [Tensor(a.shape, a.dtype, by: pullback, a, sample, g)] }
  }

  /// Gamma variables of rate 1 whose shape parameters these are, as functions of them.
  public func gammaSample(using key: inout RandomKey) -> Variable {
    logGammaSample(using: &key).exp()
  }

  /// Beta variables as functions of their two parameters, of which this is the first.
  public func betaSample(_ b: Variable, using key: inout RandomKey) -> Variable {
    precondition(shape == b.shape, "parameters are \(shape) and \(b.shape)")
    let (x, y) = (logGammaSample(using: &key), b.logGammaSample(using: &key))
    return (x - y).sigmoid()
  }
}

// MARK: - Kernels

private struct ShapedDraw: Kernel {
  enum Distribution { case logGamma, poisson }
  let distribution: Distribution
  let dtype: vae_dtype
  let stream: UInt64
  let count: Int
  var name: String { distribution == .poisson ? "random poisson" : "random gamma" }

  func run(_ memory: Operands) {
    guard let key = memory[0]?.load(as: UInt64.self) else { return }
    switch distribution {
    case .logGamma: vae_random_log_gamma(dtype, key, stream, count, memory[1], memory[2])
    case .poisson: vae_random_poisson(dtype, key, stream, count, memory[1], memory[2])
    }
  }
}

private struct LogGammaPullback: Kernel {
  let dtype: vae_dtype
  let count: Int
  var name: String { "random gamma pullback" }

  func run(_ memory: Operands) {
    vae_log_gamma_pullback(dtype, count, memory[0], memory[1], memory[2], memory[3])
  }
}

private struct Permutation: Kernel {
  let stream: UInt64
  let count: Int
  var name: String { "random permutation" }

  func run(_ memory: Operands) {
    guard let key = memory[0]?.load(as: UInt64.self) else { return }
    vae_random_permutation(key, stream, count, memory.integers(1))
  }
}
