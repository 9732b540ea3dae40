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
    let logits = value
    let (count, width) = rows()
    var residual = logits
    let total = Tensor(shape: [count], dtype: dtype) { total in
      residual = Tensor(shape: logits.shape, dtype: logits.dtype) {
        vae_bernoulli(
          logits.dtype.kernel, Int64(count), Int64(width), x.bytes, logits.bytes, total, $0)
      }
    }
    let kept = residual
    return Variable(total, inputs: [self]) { g in
      [
        Tensor(shape: kept.shape, dtype: kept.dtype) {
          vae_scale_rows(kept.dtype.kernel, Int64(count), Int64(width), g.bytes, kept.bytes, $0)
        }
      ]
    }
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
    let z = Tensor(shape: shape, dtype: dtype) {
      vae_reparameterize(
        mean.dtype.kernel, mean.count, mean.bytes, spread.bytes, noise.bytes, $0)
    }
    return Variable(z, inputs: [self, logVariance]) { g in
      [
        g,
        Tensor(shape: g.shape, dtype: g.dtype) {
          vae_reparameterize_pullback(
            g.dtype.kernel, g.count, spread.bytes, noise.bytes, g.bytes, $0)
        },
      ]
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
    let total = Tensor(shape: [count], dtype: dtype) {
      vae_gaussian_divergence(
        mean.dtype.kernel, Int64(count), Int64(width), mean.bytes, spread.bytes, $0)
    }
    return Variable(total, inputs: [self, logVariance]) { g in
      var forMean = mean
      let forSpread = Tensor(shape: mean.shape, dtype: mean.dtype) { spreadOut in
        forMean = Tensor(shape: mean.shape, dtype: mean.dtype) {
          vae_gaussian_divergence_pullback(
            mean.dtype.kernel, Int64(count), Int64(width), mean.bytes, spread.bytes, g.bytes, $0,
            spreadOut)
        }
      }
      return [forMean, forSpread]
    }
  }
}
