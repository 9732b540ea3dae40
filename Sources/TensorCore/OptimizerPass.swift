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
  /// How much of the parameter, after the step, enters its moving average.
  public var averageTake = 0.0

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
      average_take: averageTake, nesterov: isNesterov ? 1 : 0)
    return (optimizer, rule)
  }
}

/// One pass over many tensors at once: a model has many small ones.
///
/// Its lists are filled anew for each step, in the room they had. All tensors are float32 or float64, each parameter with
/// its own states in its own format.
package struct OptimizerPass {
  private var float32: [vae_update] = []
  private var float64: [vae_update] = []

  /// A pass over nothing.
  package init() {}

  /// Forgets what was added.
  package mutating func removeAll() {
    float32.removeAll(keepingCapacity: true)
    float64.removeAll(keepingCapacity: true)
  }

  /// Adds a parameter that changes in place, its copy in bfloat16, if there is one, its gradient, and the places of what goes with it in lists that are empty
  /// where nothing does: what the optimizer remembers, and moving averages.
  ///
  /// What is changed has memory of its own afterwards, which it and the gradient keep until the pass is over.
  package mutating func add(
    _ parameter: inout Tensor, rounded: inout Tensor?, gradient: Tensor, at place: Int,
    first: inout [Tensor], second: inout [Tensor], averages: inout [Tensor]
  ) {
    let (count, dtype) = (parameter.count, parameter.dtype)
    func requireFit(_ shape: Shape, _ other: DType) {
      precondition(
        shape.count == count && other == dtype,
        "\(shape) \(other) goes with a parameter of \(count) \(dtype)")
    }
    func address(_ tensors: inout [Tensor]) -> UnsafeMutableRawPointer? {
      guard !tensors.isEmpty else { return nil }
      requireFit(tensors[place].shape, tensors[place].dtype)
      return tensors[place].address(isChanged: true)
    }
    requireFit(gradient.shape, gradient.dtype)
    append(
      vae_update(
        parameter: parameter.address(isChanged: true), gradient: gradient.bytes,
        first: address(&first), second: address(&second), average: address(&averages),
        rounded: rounded?.address(isChanged: true).assumingMemoryBound(to: UInt16.self),
        count: Int64(count)), dtype)
  }

  /// Adds an average that changes in place, and what it follows.
  package mutating func add(average: inout Tensor, of value: Tensor) {
    append(
      vae_update(
        parameter: value.bytes, gradient: nil, first: nil, second: nil,
        average: average.address(isChanged: true), rounded: nil, count: Int64(value.count)),
      value.dtype)
  }

  private mutating func append(_ update: vae_update, _ dtype: DType) {
    switch dtype {
    case .float32: float32.append(update)
    case .float64: float64.append(update)
    case .int32, .bfloat16: preconditionFailure("optimizers need float32 or float64")
    }
  }

  /// The sum of squares of every element of some gradients.
  package static func squaredNorm(of gradients: [Tensor?]) -> Double {
    var pass = OptimizerPass()
    for case let gradient? in gradients {
      pass.append(
        vae_update(
          parameter: nil, gradient: gradient.bytes, first: nil, second: nil, average: nil,
          rounded: nil, count: Int64(gradient.count)), gradient.dtype)
    }
    return Profile.timing("gradient norm") {
      vae_squared_norm_f32(pass.float32, Int64(pass.float32.count))
        + vae_squared_norm_f64(pass.float64, Int64(pass.float64.count))
    }
  }

  /// Takes one step in place; gives the sum of squares of the gradients, before any scale.
  package func step(_ rule: OptimizerRule) -> Double {
    var (optimizer, rule) = rule.kernel
    return Profile.timing("optimizer") {
      vae_optimize_f32(optimizer, float32, Int64(float32.count), &rule)
        + vae_optimize_f64(optimizer, float64, Int64(float64.count), &rule)
    }
  }

  /// Moves each average toward its parameter: average += take · (parameter - average).
  package func average(take: Double) {
    Profile.timing("moving average") {
      vae_moving_average_f32(float32, Int64(float32.count), take)
      vae_moving_average_f64(float64, Int64(float64.count), take)
    }
  }
}
