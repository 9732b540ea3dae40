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
    let keeps = requiresGradient || logScale.requiresGradient
    let gaussian = Gaussian(
      dtype: dtype.kernel, rows: Int64(shape[0]), width: Int64(shape.dropFirst().count),
      isPerElement: perElement)
    let total = Tensor(unwritten: [shape[0]], dtype)
    let byMean = keeps ? Tensor(unwritten: shape, dtype) : nil
    let byScale = keeps ? Tensor(unwritten: perElement ? shape : [shape[0]], dtype) : nil
    launch(gaussian, reading: [x, mean, spread], writing: [total, byMean, byScale])
    let (needsMean, needsScale) = (requiresGradient, logScale.requiresGradient)
    return Variable(total, of: [self, logScale]) { pull in
      pull { g in
        guard let byMean, let byScale else { return [nil, nil] }
        let forScale = {
          perElement
            ? byScale.scalingRows(by: g) : (g * byScale).sum().reshaped(to: spread.shape)
        }
        return [needsMean ? byMean.scalingRows(by: g) : nil, needsScale ? forScale() : nil]
      } again: { g, node in
        // One scale for all has no more axes than the observations have.
        let scale = node.inputs[1].reshaped(to: perElement ? x.shape : [])
        let precision = (-scale).exp()
        let u = (Variable(x) - node.inputs[0]) * precision
        let g = g.perRow(of: x.shape)
        let forScale = (g * (u.squared() - 1)).summed(to: scale.shape)
        return [g * u * precision, forScale.reshaped(to: spread.shape)]
      }
    }
  }
}

private struct Gaussian: Kernel {
  let dtype: vae_dtype
  let rows, width: Int64
  let isPerElement: Bool
  var name: String { "gaussian" }

  func run(_ memory: Operands) {
    vae_gaussian(
      dtype, rows, width, isPerElement ? 1 : 0, memory[0], memory[1], memory[2], memory[3],
      memory[4], memory[5])
  }
}
