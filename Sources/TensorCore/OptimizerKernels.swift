internal import CTensorKernels

/// The numbers of one optimizer step, as PyTorch's optimizers work them out.
///
/// The gradient is first multiplied by ``gradientScale``, then the weight decay times the parameter is
/// added. ``OptimizerUpdate/first`` and ``OptimizerUpdate/second`` are what the method remembers.
public struct OptimizerRule: Sendable {
  /// The form of the update.
  public enum Method: Sendable {
    /// Mean gradient over the root of the mean square (Kingma and Ba, arXiv:1412.6980).
    case adam
    /// Mean gradient over its largest size (the same paper, section 7.1).
    case adamax
    /// Gradient over the root of the mean square, then momentum (Hinton, 2012).
    case rmsprop
    /// Gradient with momentum.
    case sgd
  }

  /// The form of the update.
  public var method: Method
  /// The size of the step.
  public var rate: Double
  /// The first state becomes `firstKeep` times itself plus `firstTake` times the gradient.
  public var firstKeep = 0.0
  /// How much of the gradient enters the first state.
  public var firstTake = 1.0
  /// The second state becomes `secondKeep` times itself plus `secondTake` times the gradient's square.
  public var secondKeep = 0.0
  /// How much of the squared gradient enters the second state.
  public var secondTake = 1.0
  /// Multiplies the root of the second state.
  public var secondScale = 1.0
  /// Keeps a quotient finite.
  public var epsilon = 0.0
  /// Multiplies every gradient.
  public var gradientScale = 1.0
  /// Times the parameter, this is added to the gradient.
  public var weightDecay = 0.0
  /// Multiplies the parameter before the step.
  public var parameterKeep = 1.0
  /// Whether momentum looks ahead.
  public var isNesterov = false

  /// A plain step of the given size.
  public init(_ method: Method, rate: Double) {
    self.method = method
    self.rate = rate
  }

  fileprivate var kernel: (vae_optimizer, vae_rule) {
    let optimizer =
      switch method {
      case .adam: VAE_ADAM
      case .adamax: VAE_ADAMAX
      case .rmsprop: VAE_RMSPROP
      case .sgd: VAE_SGD
      }
    let rule = vae_rule(
      rate: rate, first_keep: firstKeep, first_take: firstTake, second_keep: secondKeep,
      second_take: secondTake, second_scale: secondScale, epsilon: epsilon,
      gradient_scale: gradientScale, weight_decay: weightDecay, parameter_keep: parameterKeep,
      nesterov: isNesterov ? 1 : 0)
    return (optimizer, rule)
  }
}

/// One pass over many tensors at once: a model has many small ones.
///
/// Lists run in parallel: the gradient and the states at a place belong to the parameter there. All are
/// float32 or float64, each parameter with its own states in its own format.
public enum OptimizerKernels {
  /// Takes one step in place; gives the sum of squares of the gradients, before any scale.
  ///
  /// A parameter whose gradient is nil stays as it is. `first` and `second` are empty for a method that keeps
  /// no such state.
  public static func step(
    _ rule: OptimizerRule, parameters: inout [Tensor], gradients: [Tensor?],
    first: inout [Tensor], second: inout [Tensor]
  ) -> Double {
    precondition(parameters.count == gradients.count, "a gradient or nil for each parameter")
    requireFit(gradients, parameters)
    if !first.isEmpty { requireFit(first, parameters) }
    if !second.isEmpty { requireFit(second, parameters) }
    var (optimizer, rule) = rule.kernel
    let lists = updates(gradients.map { $0?.dtype }) { i in
      vae_update(
        parameter: writableBytes(&parameters, i), gradient: gradients[i]?.bytes,
        first: writableBytes(&first, i), second: writableBytes(&second, i),
        count: Int64(parameters[i].count))
    }
    return vae_optimize_f32(optimizer, lists.float32, Int64(lists.float32.count), &rule)
      + vae_optimize_f64(optimizer, lists.float64, Int64(lists.float64.count), &rule)
  }

  /// The sum of squares of every element.
  public static func squaredNorm(_ gradients: [Tensor?]) -> Double {
    let lists = updates(gradients.map { $0?.dtype }) { i in
      vae_update(
        parameter: nil, gradient: gradients[i]?.bytes, first: nil, second: nil,
        count: Int64(gradients[i]?.count ?? 0))
    }
    return vae_squared_norm_f32(lists.float32, Int64(lists.float32.count))
      + vae_squared_norm_f64(lists.float64, Int64(lists.float64.count))
  }

  /// Moves each average toward its value: average = decay · average + (1 - decay) · value.
  public static func average(_ averages: inout [Tensor], with values: [Tensor], decay: Double) {
    precondition(averages.count == values.count, "an average for each value")
    requireFit(averages, values)
    let lists = updates(values.map(\.dtype)) { i in
      vae_update(
        parameter: values[i].bytes, gradient: nil, first: writableBytes(&averages, i),
        second: nil, count: Int64(values[i].count))
    }
    vae_moving_average_f32(lists.float32, Int64(lists.float32.count), 1 - decay)
    vae_moving_average_f64(lists.float64, Int64(lists.float64.count), 1 - decay)
  }

  /// Traps where a tensor does not have the size and format of the one it goes with.
  private static func requireFit(_ tensors: [Tensor?], _ parameters: [Tensor]) {
    precondition(tensors.count == parameters.count, "a state for each parameter")
    for (tensor, parameter) in zip(tensors, parameters) {
      guard let tensor else { continue }
      precondition(
        tensor.count == parameter.count && tensor.dtype == parameter.dtype,
        "\(tensor.shape) \(tensor.dtype) goes with a parameter \(parameter.shape) \(parameter.dtype)"
      )
    }
  }

  // Takes formats, not tensors: holding a tensor here would make its bytes shared.
  private static func updates(
    _ formats: [DType?], _ update: (Int) -> vae_update
  ) -> (float32: [vae_update], float64: [vae_update]) {
    var lists: (float32: [vae_update], float64: [vae_update]) = ([], [])
    for (i, format) in formats.enumerated() {
      switch format {
      case .float32: lists.float32.append(update(i))
      case .float64: lists.float64.append(update(i))
      case .int32, .bfloat16: preconditionFailure("optimizers need float32 or float64")
      case nil: break
      }
    }
    return lists
  }

  /// The bytes of one tensor of a list, which is its only holder afterwards; nil for an empty list.
  private static func writableBytes(
    _ tensors: inout [Tensor], _ i: Int
  ) -> UnsafeMutableRawPointer? {
    tensors.isEmpty ? nil : tensors[i].withUnsafeMutableBytes { $0.baseAddress }
  }
}
