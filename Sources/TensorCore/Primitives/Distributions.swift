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
    return Variable(total, of: [self]) { pull in
      pull { g in
        [residual?.scalingRows(by: g)]
      } again: { g, node in
        [(Variable(x) - node.inputs[0].sigmoid()) * g.perRow(of: x.shape)]
      }
    }
  }

  /// A sample of N(mean, exp(logVariance)) as a function of its parameters: mean + exp(logVariance / 2) noise.
  ///
  /// `self` is the mean; all three have one shape.
  ///
  /// - Source: Kingma and Welling, arXiv:1312.6114, section 2.4.
  public func reparameterized(logVariance: Variable, noise: Tensor) -> Variable {
    gaussianCodes(logVariance, noise, measured: false)[0]
  }

  /// KL(N(mean, exp(logVariance)) ‖ N(0, I)) in nats per example: `[batch]`; `self` is the mean.
  ///
  /// ½ Σ (μ² + σ² - log σ² - 1).
  ///
  /// - Source: Kingma and Welling, arXiv:1312.6114, appendix B.
  public func gaussianDivergenceFromStandard(logVariance: Variable) -> Variable {
    gaussianCodes(logVariance, nil, measured: true)[0]
  }

  /// What ``reparameterized(logVariance:noise:)`` and ``gaussianDivergenceFromStandard(logVariance:)`` give, in one pass over
  /// mean and log variance; the gradients of both take one pass too.
  public func reparameterizedWithDivergence(
    logVariance: Variable, noise: Tensor
  ) -> (sample: Variable, divergence: Variable) {
    let results = gaussianCodes(logVariance, noise, measured: true)
    return (results[0], results[1])
  }

  /// A sample where there is noise, and the divergence where it is to be measured.
  private func gaussianCodes(
    _ logVariance: Variable, _ noise: Tensor?, measured: Bool
  ) -> [Variable] {
    precondition(
      shape == logVariance.shape && shape == noise?.shape ?? shape,
      "mean \(shape), log variance \(logVariance.shape) and noise \(noise?.shape ?? shape) differ")
    precondition(
      dtype == logVariance.dtype && dtype == noise?.dtype ?? dtype,
      "mean \(dtype), log variance \(logVariance.dtype) and noise \(noise?.dtype ?? dtype) differ")
    let (mean, spread) = (value, logVariance.value)
    let (count, width) = rows()
    let z = noise.map { Tensor(unwritten: $0.shape, $0.dtype) }
    let kl = measured ? Tensor(unwritten: [count], dtype) : nil
    let codes = GaussianCodes(
      dtype: dtype.kernel, rows: Int64(count), width: Int64(width),
      name: kl == nil ? "reparameterize" : z == nil ? "kl divergence" : "reparameterize with kl")
    launch(codes, reading: [mean, spread, noise], writing: [z, kl])
    return Variable.results([z, kl].compactMap { $0 }, of: [self, logVariance]) { pull in
      pull { gradients in
        let dz = noise == nil ? nil : gradients[0]
        let dkl = measured ? gradients[gradients.count - 1] : nil
        // A sample moves with the mean: its gradient is the mean's.
        let dmean = dkl == nil ? nil : Tensor(unwritten: mean.shape, mean.dtype)
        let dspread = Tensor(unwritten: mean.shape, mean.dtype)
        launch(
          GaussianCodesPullback(codes: codes), reading: [mean, spread, noise, dz, dkl],
          writing: [dmean, dspread])
        return [dmean ?? dz, dspread]
      } again: { gradients, node in
        let (mean, spread) = (node.inputs[0], node.inputs[1])
        var (dmean, dspread): (Variable?, Variable?)
        if let noise, let dz = gradients[0] {
          dmean = dz
          dspread = dz * Variable(noise) * (spread * 0.5).exp() * 0.5
        }
        if measured, let dkl = gradients[gradients.count - 1]?.perRow(of: mean.shape) {
          let (byMean, bySpread) = (dkl * mean, dkl * (spread.exp() - 1) * 0.5)
          dmean = dmean.map { $0 + byMean } ?? byMean
          dspread = dspread.map { $0 + bySpread } ?? bySpread
        }
        return [dmean, dspread]
      }
    }
  }

  /// One element a row `[rows]`, shaped to multiply rows of this shape.
  func perRow(of shape: Shape) -> Variable {
    reshaped(to: [shape[0]] + Array(repeating: 1, count: shape.rank - 1))
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

private struct GaussianCodes: Kernel {
  let dtype: vae_dtype
  let rows, width: Int64
  let name: String

  func run(_ memory: Operands) {
    vae_gaussian_codes(
      dtype, rows, width, memory[0], memory[1], memory[2], memory[3], memory[4])
  }
}

private struct GaussianCodesPullback: Kernel {
  let codes: GaussianCodes
  var name: String { codes.name + " pullback" }

  func run(_ memory: Operands) {
    vae_gaussian_codes_pullback(
      codes.dtype, codes.rows, codes.width, memory[0], memory[1], memory[2], memory[3], memory[4],
      memory[5], memory[6])
  }
}
