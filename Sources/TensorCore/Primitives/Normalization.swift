internal import CTensorKernels

/// Which elements of a tensor are normalized together.
public enum NormalizationGroup: Sendable, Hashable {
  /// Each channel (the last axis) over everything else: batch normalization.
  case channel
  /// Each position (the first axis) over everything else: layer normalization.
  case example
  /// Each example's channels in groups of neighbours: group normalization.
  case channelGroups(count: Int)

  /// The tensor seen as `[a, b, c, d]`, normalized over b and d.
  func layout(of shape: Shape) -> (a: Int, b: Int, c: Int, d: Int) {
    switch self {
    case .channel: return (1, shape.count / max(shape[-1], 1), shape[-1], 1)
    case .example: return (shape[0], 1, 1, shape.dropFirst().count)
    case .channelGroups(let count):
      precondition(
        count > 0 && shape[-1] % count == 0, "\(shape[-1]) channels do not form \(count) groups")
      let pixels = shape.dimensions.dropFirst().dropLast().reduce(1, *)
      return (shape[0], pixels, count, shape[-1] / count)
    }
  }
}

extension Variable {
  /// Each group shifted and scaled to mean 0 and variance 1, with the groups' mean and (biased) variance.
  ///
  /// `epsilon` is added to the variance. The mean and variance carry no gradient of their own.
  public func normalized(
    _ group: NormalizationGroup, epsilon: Double = 1e-5
  ) -> (value: Variable, mean: Tensor, variance: Tensor) {
    let x = value
    let (a, b, c, d) = group.layout(of: x.shape)
    var mean = Tensor.zeros([a * c], dtype: x.dtype)
    var variance = mean
    let y = Tensor(shape: x.shape, dtype: x.dtype) { out in
      mean.withUnsafeMutableBytes { mean in
        variance.withUnsafeMutableBytes { variance in
          vae_normalize(
            x.dtype.kernel, Int64(a), Int64(b), Int64(c), Int64(d), epsilon, x.bytes, out,
            mean.baseAddress, variance.baseAddress)
        }
      }
    }
    let spread = variance
    let result = Variable(y, inputs: [self]) { g in
      [
        Tensor(shape: y.shape, dtype: y.dtype) {
          vae_normalize_pullback(
            y.dtype.kernel, Int64(a), Int64(b), Int64(c), Int64(d), epsilon, y.bytes,
            spread.bytes, g.bytes, $0)
        }
      ]
    }
    return (result, mean, variance)
  }

  /// Batch normalization with its scale and shift, then an activation, and the batch's moments.
  ///
  /// `self` is `[..., channels]`, `scale` and `shift` are `[channels]`; `epsilon` is added to the (biased) variance. The
  /// mean and variance carry no gradient of their own.
  ///
  /// - Source: Ioffe and Szegedy, arXiv:1502.03167.
  public func batchNormalized(
    scale: Variable, shift: Variable, epsilon: Double = 1e-5, activation: Activation = .identity
  ) -> (value: Variable, mean: Tensor, variance: Tensor) {
    precondition(
      scale.shape == [shape[-1]] && shift.shape == scale.shape,
      "\(shape[-1]) channels have the scale \(scale.shape) and the shift \(shift.shape)")
    precondition(
      scale.dtype == dtype && shift.dtype == dtype,
      "operands are \(dtype), \(scale.dtype) and \(shift.dtype)")
    guard dtype == .float32, value.count > 0, let step = PostStep(activation), step.isPiecewise
    else {
      let (n, mean, variance) = normalized(.channel, epsilon: epsilon)
      return ((n * scale + shift).activated(by: activation), mean, variance)
    }
    let (x, gamma, beta) = (value, scale.value, shift.value)
    let channels = x.shape[-1], rows = Int64(x.count / channels)
    let slope = Float(step.constant)
    var mean = Tensor.zeros([channels]), variance = mean
    let y = Tensor(shape: x.shape) { y in
      mean.withUnsafeMutableBytes { mean in
        variance.withUnsafeMutableBytes { variance in
          vae_batch_norm_f32(
            x.bytes.floats, gamma.bytes.floats, beta.bytes.floats, epsilon, y.floats,
            mean.baseAddress?.floats, variance.baseAddress?.floats, rows, Int64(channels),
            step.kernel, slope)
        }
      }
    }
    let (center, spread) = (mean, variance)
    let result = Variable(y, inputs: [self, scale, shift]) { g in
      var dgamma = gamma, dbeta = beta
      let dx = Tensor(shape: x.shape) { dx in
        dgamma.withUnsafeMutableBytes { dgamma in
          dbeta.withUnsafeMutableBytes { dbeta in
            vae_batch_norm_backward_f32(
              x.bytes.floats, g.bytes.floats, center.bytes.floats, spread.bytes.floats, epsilon,
              gamma.bytes.floats, beta.bytes.floats, dx.floats, dgamma.baseAddress?.floats,
              dbeta.baseAddress?.floats, rows, Int64(channels), step.kernel, slope)
          }
        }
      }
      return [dx, dgamma, dbeta]
    }
    return (result, mean, variance)
  }
}
