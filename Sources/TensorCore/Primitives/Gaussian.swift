internal import CTensorKernels

extension Variable {
  /// log p(x) of independent Gaussians around this variable, in nats per example: `[batch]`.
  ///
  /// -½ Σ (((x - μ) / σ)² + 2 log σ + log 2π), summed over each example's elements. `x` has this variable's shape; `logScale`
  /// is log σ, one element for all or one for each. A single pass gives the value and what the gradients need.
  public func gaussianLogProbability(of x: Tensor, logScale: Variable) -> Variable {
    precondition(x.shape == shape, "observations are \(x.shape), means \(shape)")
    precondition(
      logScale.value.count == 1 || logScale.shape == shape,
      "the scale is \(logScale.shape), the mean \(shape)")
    precondition(
      x.dtype == dtype && logScale.dtype == dtype,
      "observations are \(x.dtype), means \(dtype) and scales \(logScale.dtype)")
    let (mean, spread) = (value, logScale.value)
    let perElement = spread.shape == shape
    let (rows, columns) = (Int64(shape[0]), Int64(shape.dropFirst().count))
    var meanGradient = mean
    var scaleGradient = mean
    let scaleShape = perElement ? mean.shape : [mean.shape[0]]
    let total = Tensor(shape: [shape[0]], dtype: dtype) { total in
      meanGradient = Tensor(shape: mean.shape, dtype: mean.dtype) { forMean in
        scaleGradient = Tensor(shape: scaleShape, dtype: mean.dtype) { forScale in
          vae_gaussian(
            mean.dtype.kernel, rows, columns, perElement ? 1 : 0, x.bytes, mean.bytes,
            spread.bytes, total, forMean, forScale)
        }
      }
    }
    let (byMean, byScale) = (meanGradient, scaleGradient)
    let (needsMean, needsScale) = (requiresGradient, logScale.requiresGradient)
    return Variable(total, inputs: [self, logScale]) { g in
      func scaled(_ part: Tensor) -> Tensor {
        Tensor(shape: part.shape, dtype: part.dtype) {
          vae_scale_rows(part.dtype.kernel, rows, columns, g.bytes, part.bytes, $0)
        }
      }
      let forScale = {
        perElement ? scaled(byScale) : (g * byScale).sum().reshaped(to: spread.shape)
      }
      return [needsMean ? scaled(byMean) : nil, needsScale ? forScale() : nil]
    }
  }
}
