public import TensorCore

/// Each channel (the last axis) shifted and scaled to mean 0 and variance 1, then by a learned
/// weight and bias.
///
/// Training uses the batch's mean and variance and keeps running ones, which inference uses. The
/// running statistics follow PyTorch: `running = (1 - momentum) running + momentum batch`, with the
/// unbiased variance. PyTorch's count of batches is not kept; it loads without.
///
/// - Source: Ioffe and Szegedy, arXiv:1502.03167.
public struct BatchNorm: Layer {
  /// The scale of each channel, `[channels]`.
  public let weight: Parameter
  /// The shift of each channel, `[channels]`.
  public let bias: Parameter
  /// The running mean, `[channels]`: a buffer.
  public let runningMean: Parameter
  /// The running variance, `[channels]`: a buffer.
  public let runningVariance: Parameter
  /// How much a batch counts in the running statistics.
  public let momentum: Double
  /// Added to the variance.
  public let epsilon: Double
  /// Applied to each output.
  public let activation: Activation

  /// A layer that begins as the identity but for the normalization.
  public init(
    _ channels: Int, activation: Activation = .identity, momentum: Double = 0.1,
    epsilon: Double = 1e-5
  ) {
    weight = Parameter(Tensor(repeating: 1, shape: [channels]))
    bias = Parameter(.zeros([channels]))
    runningMean = Parameter(.zeros([channels]), isTrainable: false)
    runningVariance = Parameter(Tensor(repeating: 1, shape: [channels]), isTrainable: false)
    self.momentum = momentum
    self.epsilon = epsilon
    self.activation = activation
  }

  /// The weight, the bias and the running statistics, under PyTorch's names.
  public var parts: KeyValuePairs<String, any ModulePart> {
    [
      "weight": weight, "bias": bias, "running_mean": runningMean,
      "running_var": runningVariance,
    ]
  }

  /// The normalized `x`, `[batch, ..., channels]`.
  public func callAsFunction(_ x: Variable, _ context: inout Context) -> Variable {
    let (scale, shift) = (context[weight], context[bias])
    guard context.isTraining else {
      let factor = scale * (Variable(runningVariance.value) + epsilon).power(-0.5)
      let offset = shift - Variable(runningMean.value) * factor
      return (x * factor + offset).activated(by: activation)
    }
    let (result, mean, variance) = x.batchNormalized(
      scale: scale, shift: shift, epsilon: epsilon, activation: activation)
    if context.moves(runningMean) {
      follow(mean: mean, variance: variance, count: x.value.count / weight.count)
    }
    return result
  }

  private func follow(mean: Tensor, variance: Tensor, count: Int) {
    // One value a channel has no unbiased variance; its biased one, zero, stands for it.
    let unbiased = Double(count) / Double(max(count - 1, 1))
    let kept = 1 - momentum
    runningMean.value = runningMean.value * kept + mean.reshaped(to: [-1]) * momentum
    runningVariance.value =
      runningVariance.value * kept + variance.reshaped(to: [-1]) * (momentum * unbiased)
  }
}
