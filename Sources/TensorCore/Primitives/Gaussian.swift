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
    guard dtype == .float32 else { return composedGaussian(of: x, logScale: logScale) }
    let (mean, spread) = (value, logScale.value)
    let perElement = spread.shape == shape
    let (rows, columns) = (Int64(shape[0]), Int64(shape.dropFirst().count))
    var meanGradient = mean
    var scaleGradient = mean
    let total = Tensor(shape: [shape[0]]) { total in
      meanGradient = Tensor(shape: mean.shape) { forMean in
        scaleGradient = Tensor(shape: perElement ? mean.shape : [mean.shape[0]]) { forScale in
          vae_gaussian_f32(
            mean.floatPointer, x.floatPointer, spread.floatPointer, perElement ? 1 : 0,
            total.assumingMemoryBound(to: Float.self), forMean.assumingMemoryBound(to: Float.self),
            forScale.assumingMemoryBound(to: Float.self), rows, columns)
        }
      }
    }
    let (byMean, byScale) = (meanGradient, scaleGradient)
    let (needsMean, needsScale) = (requiresGradient, logScale.requiresGradient)
    return Variable(total, inputs: [self, logScale]) { g in
      func scaled(_ part: Tensor) -> Tensor {
        Tensor(shape: part.shape) {
          vae_scale_rows(VAE_FLOAT32, rows, columns, g.bytes, part.bytes, $0)
        }
      }
      let forScale = {
        perElement ? scaled(byScale) : (g * byScale).sum().reshaped(to: spread.shape)
      }
      return [needsMean ? scaled(byMean) : nil, needsScale ? forScale() : nil]
    }
  }

  private func composedGaussian(of x: Tensor, logScale: Variable) -> Variable {
    let standard = (Variable(x) - self) * (-logScale).exp()
    let constant = 1.8378770664093453  // log 2π
    return (standard.squared() + logScale * 2 + constant).sumPerExample() * -0.5
  }
}

extension Tensor {
  fileprivate var floatPointer: UnsafePointer<Float> {
    precondition(dtype == .float32, "the fused loops take float32, not \(dtype)")
    return UnsafePointer(bytes.assumingMemoryBound(to: Float.self))
  }
}
