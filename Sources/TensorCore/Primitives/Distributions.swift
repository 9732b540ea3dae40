internal import CTensorKernels

extension Variable {
  private func rows() -> (count: Int, width: Int) { (shape[0], shape.dropFirst().count) }

  /// log p(x | ℓ) of independent Bernoulli variables with these logits, in nats per example: `[batch]`.
  ///
  /// x ℓ - softplus(ℓ), summed over each example's elements; `x` has this variable's shape. One pass gives the value and what the
  /// gradient needs, x - sigmoid(ℓ).
  public func bernoulliLogProbability(of x: Tensor) -> Variable {
    precondition(x.shape == shape, "observations are \(x.shape), logits \(shape)")
    precondition(x.dtype == dtype, "observations are \(x.dtype), logits \(dtype)")
    let (count, width) = rows()
    let total = Tensor(unwritten: [count], dtype)
    let residual = requiresGradient ? Tensor(unwritten: shape, dtype) : nil
    let bernoulli = Bernoulli(dtype: dtype.kernel, rows: Int64(count), width: Int64(width))
    launch(bernoulli, reading: [x, value], writing: [total, residual])
    return Variable(total, inputs: [self]) { g in [residual?.scalingRows(by: g)] }
  }

  /// A sample of N(mean, exp(logVariance)) as a function of its parameters: mean + exp(logVariance / 2) noise.
  ///
  /// `self` is the mean; all three have one shape.
  ///
  /// - Source: Kingma and Welling, arXiv:1312.6114, section 2.4.
  public func reparameterized(logVariance: Variable, noise: Tensor) -> Variable {
    precondition(
      shape == logVariance.shape && shape == noise.shape,
      "mean \(shape), log variance \(logVariance.shape) and noise \(noise.shape) differ")
    precondition(
      dtype == logVariance.dtype && dtype == noise.dtype,
      "mean \(dtype), log variance \(logVariance.dtype) and noise \(noise.dtype) differ")
    let (mean, spread) = (value, logVariance.value)
    let sample = Reparameterization(dtype: dtype.kernel, count: mean.count)
    let z = Tensor(shape, dtype, by: sample, mean, spread, noise)
    return Variable(z, inputs: [self, logVariance]) { g in
      let pullback = ReparameterizationPullback(dtype: g.dtype.kernel, count: g.count)
      return [g, Tensor(g.shape, g.dtype, by: pullback, spread, noise, g)]
    }
  }

  /// KL(N(mean, exp(logVariance)) ‖ N(0, I)) in nats per example: `[batch]`; `self` is the mean.
  ///
  /// ½ Σ (μ² + σ² - log σ² - 1).
  ///
  /// - Source: Kingma and Welling, arXiv:1312.6114, appendix B.
  public func gaussianDivergenceFromStandard(logVariance: Variable) -> Variable {
    precondition(
      shape == logVariance.shape && dtype == logVariance.dtype,
      "mean \(shape) \(dtype) and log variance \(logVariance.shape) \(logVariance.dtype) differ")
    let (mean, spread) = (value, logVariance.value)
    let (count, width) = rows()
    let divergence = GaussianDivergence(
      dtype: dtype.kernel, rows: Int64(count), width: Int64(width))
    let total = Tensor([count], dtype, by: divergence, mean, spread)
    return Variable(total, inputs: [self, logVariance]) { g in
      let dmean = Tensor(unwritten: mean.shape, mean.dtype)
      let dspread = Tensor(unwritten: mean.shape, mean.dtype)
      launch(
        GaussianDivergencePullback(
          dtype: mean.dtype.kernel, rows: Int64(count), width: Int64(width)),
        reading: [mean, spread, g], writing: [dmean, dspread])
      return [dmean, dspread]
    }
  }
}

extension Tensor {
  /// Each row of all axes but the first times an element of `factors` `[rows]`.
  func scalingRows(by factors: Tensor) -> Tensor {
    let scale = RowScale(
      dtype: dtype.kernel, rows: Int64(factors.count),
      width: Int64(factors.count == 0 ? 0 : count / factors.count))
    return Tensor(shape, dtype, by: scale, factors, self)
  }
}

// MARK: - Kernels

private struct Bernoulli: Kernel {
  let dtype: vae_dtype
  let rows, width: Int64
  var name: String { "bernoulli" }

  func run(_ memory: Operands) {
    vae_bernoulli(dtype, rows, width, memory[0], memory[1], memory[2], memory[3])
  }
}

private struct RowScale: Kernel {
  let dtype: vae_dtype
  let rows, width: Int64
  var name: String { "scale rows" }

  func run(_ memory: Operands) {
    vae_scale_rows(dtype, rows, width, memory[0], memory[1], memory[2])
  }
}

private struct Reparameterization: Kernel {
  let dtype: vae_dtype
  let count: Int
  var name: String { "reparameterize" }

  func run(_ memory: Operands) {
    vae_reparameterize(dtype, count, memory[0], memory[1], memory[2], memory[3])
  }
}

private struct ReparameterizationPullback: Kernel {
  let dtype: vae_dtype
  let count: Int
  var name: String { "reparameterize pullback" }

  func run(_ memory: Operands) {
    vae_reparameterize_pullback(dtype, count, memory[0], memory[1], memory[2], memory[3])
  }
}

private struct GaussianDivergence: Kernel {
  let dtype: vae_dtype
  let rows, width: Int64
  var name: String { "kl divergence" }

  func run(_ memory: Operands) {
    vae_gaussian_divergence(dtype, rows, width, memory[0], memory[1], memory[2])
  }
}

private struct GaussianDivergencePullback: Kernel {
  let dtype: vae_dtype
  let rows, width: Int64
  var name: String { "kl divergence pullback" }

  func run(_ memory: Operands) {
    vae_gaussian_divergence_pullback(
      dtype, rows, width, memory[0], memory[1], memory[2], memory[3], memory[4])
  }
}
