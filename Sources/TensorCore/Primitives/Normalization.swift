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
    let normalization = Normalization(
      dtype: dtype.kernel, sizes: [a, b, c, d].map(Int64.init), epsilon: epsilon)
    let y = Tensor(unwritten: x.shape, x.dtype)
    let mean = Tensor(unwritten: [a * c], x.dtype), variance = Tensor(unwritten: [a * c], x.dtype)
    launch(normalization, reading: [x], writing: [y, mean, variance])
    let pullback = NormalizationPullback(forward: normalization)
    let result = Variable(y, of: [self]) { pull in
      pull { g in
        [Tensor(y.shape, y.dtype, by: pullback, y, variance, g)]
      } again: { g, node in
        let groups = NormalizedGroups(node.inputs[0], group, epsilon: epsilon)
        return [groups.pullback(g)]
      }
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
    let norm = BatchNormalization(
      rows: rows, channels: Int64(channels), epsilon: epsilon, step: step)
    let y = Tensor(unwritten: x.shape, .float32)
    let mean = Tensor(unwritten: [channels], .float32)
    let variance = Tensor(unwritten: [channels], .float32)
    launch(norm, reading: [x, gamma, beta], writing: [y, mean, variance, nil])
    let result = Variable(y, of: [self, scale, shift]) { pull in
      pull { g in
        let dx = Tensor(unwritten: x.shape, .float32)
        let dgamma = Tensor(unwritten: [channels], .float32)
        let dbeta = Tensor(unwritten: [channels], .float32)
        launch(
          BatchNormalizationPullback(forward: norm), reading: [x, g, mean, variance, gamma, beta],
          writing: [dx, dgamma, dbeta, nil])
        return [dx, dgamma, dbeta]
      } again: { g, node in
        let groups = NormalizedGroups(node.inputs[0], .channel, epsilon: epsilon)
        let dn = step.pullback(g, result: node.result)
        return [
          groups.pullback(dn * node.inputs[1]), (dn * groups.normalized).summedToBias(),
          dn.summedToBias(),
        ]
      }
    }
    return (result, mean, variance)
  }
}

/// A normalization in operations of variables, for gradients of gradients.
private struct NormalizedGroups {
  private let shape: Shape
  /// The tensor as `[a, b, c, d]`, normalized over b and d.
  private let layout: Shape
  private let values: Variable
  /// One over the deviation of each group, `[a, 1, c, 1]`.
  private let scale: Variable

  init(_ x: Variable, _ group: NormalizationGroup, epsilon: Double) {
    let (a, b, c, d) = group.layout(of: x.shape)
    (shape, layout) = (x.shape, [a, b, c, d])
    let x = x.reshaped(to: layout)
    let centered = x - Self.mean(x)
    scale = (Self.mean(centered.squared()) + epsilon).power(-0.5)
    values = centered * scale
  }

  var normalized: Variable { values.reshaped(to: shape) }

  /// The mean of each group, `[a, 1, c, 1]`.
  private static func mean(_ x: Variable) -> Variable {
    let shape = x.shape
    return x.sum(along: 3).sum(along: 1).reshaped(to: [shape[0], 1, shape[2], 1])
      / Double(shape[1] * shape[3])
  }

  func pullback(_ gradient: Variable) -> Variable {
    let g = gradient.reshaped(to: layout)
    let centered = g - Self.mean(g) - values * Self.mean(g * values)
    return (centered * scale).reshaped(to: shape)
  }
}

// MARK: - Kernels

private struct Normalization: Kernel {
  let dtype: vae_dtype
  let sizes: [Int64]
  let epsilon: Double
  var name: String { "normalize" }

  func run(_ memory: Operands) {
    vae_normalize(
      dtype, sizes[0], sizes[1], sizes[2], sizes[3], epsilon, memory[0], memory[1], memory[2],
      memory[3])
  }
}

private struct NormalizationPullback: Kernel {
  let forward: Normalization
  var name: String { "normalize pullback" }

  func run(_ memory: Operands) {
    let sizes = forward.sizes
    vae_normalize_pullback(
      forward.dtype, sizes[0], sizes[1], sizes[2], sizes[3], forward.epsilon, memory[0], memory[1],
      memory[2], memory[3])
  }
}

private struct BatchNormalization: Kernel {
  let rows, channels: Int64
  let epsilon: Double
  let step: PostStep
  var name: String { "batch norm" }
  var roundedResult: RoundedResult? { RoundedResult(operand: 3, copy: 6, mayStandAlone: true) }

  func run(_ memory: Operands) {
    vae_batch_norm_f32(
      memory.floats(0), memory.floats(1), memory.floats(2), epsilon, memory.floats(3),
      memory.roundedNumbers(6), memory.floats(4), memory.floats(5), rows, channels, step.kernel,
      Float(step.constant))
  }
}

private struct BatchNormalizationPullback: Kernel {
  let forward: BatchNormalization
  var name: String { "batch norm pullback" }
  var sharedMemory: (read: Int, written: Int)? { (1, 6) }
  var roundedResult: RoundedResult? { RoundedResult(operand: 6, copy: 9, mayStandAlone: true) }

  func run(_ memory: Operands) {
    vae_batch_norm_backward_f32(
      memory.floats(0), memory.floats(1), memory.floats(2), memory.floats(3), forward.epsilon,
      memory.floats(4), memory.floats(5), memory.floats(6), memory.roundedNumbers(9),
      memory.floats(7), memory.floats(8), forward.rows, forward.channels, forward.step.kernel,
      Float(forward.step.constant))
  }
}
