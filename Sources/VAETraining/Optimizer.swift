internal import Layers
internal import TensorCore
internal import VAECore

/// An optimizer at work: the rule of each step and what it remembers of the steps before.
struct Optimizer {
  let options: OptimizerOptions
  /// Steps taken.
  var stepCount = 0
  /// What is remembered for each parameter, in the parameters' order; empty where nothing is.
  private(set) var first: [Tensor] = []
  private(set) var second: [Tensor] = []
  private var pass = OptimizerPass()

  init(_ options: OptimizerOptions, for parameters: [Parameter]) {
    self.options = options
    let names = options.stateNames
    func zeros() -> [Tensor] { parameters.map { .zeros($0.shape, dtype: $0.value.dtype) } }
    if names.first != nil { first = zeros() }
    if names.second != nil { second = zeros() }
  }

  /// Takes one step; gives the sum of squares of the gradients, before they are scaled.
  ///
  /// A parameter whose gradient is nil stays as it is. An average, whose parameters these are, follows in the same pass; it
  /// would not see a weight limit.
  mutating func step(
    _ parameters: [Parameter], _ gradients: [Tensor?], rate: Double, gradientScale: Double,
    following average: inout MovingAverage?
  ) -> Double {
    stepCount += 1
    var rule = options.rule(rate: rate, step: stepCount)
    rule.gradientScale = gradientScale
    rule.averageTake = 1 - (average?.decay ?? 0)
    // Taken out, so that nobody else holds them while they change.
    var averages = average?.tensors ?? []
    average?.tensors = []
    pass.removeAll()
    for (i, parameter) in parameters.enumerated() {
      guard let gradient = gradients[i] else { continue }
      parameter.update {
        pass.add(
          &$0, rounded: &$1, gradient: gradient, at: i, first: &first, second: &second,
          averages: &averages)
      }
    }
    average?.tensors = averages
    let squares = pass.step(rule)
    if let limit = options.weightLimit {
      for (parameter, gradient) in zip(parameters, gradients) where gradient != nil {
        let value = Variable(parameter.value)
        parameter.value = value.clamped(atLeast: -limit).clamped(atMost: limit).value
      }
    }
    return squares
  }

  /// What is remembered, by the names PyTorch gives it: "exp_avg.encoder.weight".
  func state(_ names: [String]) -> [(name: String, tensor: Tensor)] {
    let own = options.stateNames
    return zip(names, first).map { ("\(own.first ?? "").\($0)", $1) }
      + zip(names, second).map { ("\(own.second ?? "").\($0)", $1) }
  }

  /// Takes up what an optimizer before remembered; `state` gives the tensor of a name.
  mutating func restore<E: Error>(
    _ names: [String], stepCount: Int, _ state: (String, Shape) throws(E) -> Tensor
  ) throws(E) {
    self.stepCount = stepCount
    for (i, name) in names.enumerated() {
      if let own = options.stateNames.first {
        first[i] = try state("\(own).\(name)", first[i].shape)
      }
      if let own = options.stateNames.second {
        second[i] = try state("\(own).\(name)", second[i].shape)
      }
    }
  }
}

extension OptimizerOptions {
  fileprivate var stateNames: (first: String?, second: String?) {
    switch name {
    case .adam, .adamw: ("exp_avg", "exp_avg_sq")
    case .adamax: ("exp_avg", "exp_inf")
    case .rmsprop: (momentum > 0 ? "momentum_buffer" : nil, "square_avg")
    case .sgd: (momentum > 0 ? "momentum_buffer" : nil, nil)
    }
  }

  /// The numbers of step `step`, counted from 1.
  fileprivate func rule(rate: Double, step: Int) -> OptimizerRule {
    var rule: OptimizerRule
    switch name {
    case .adam, .adamw:
      rule = OptimizerRule(.adam, rate: rate / (1 - power(beta1, step)))
      (rule.firstKeep, rule.firstTake) = (beta1, 1 - beta1)
      (rule.secondKeep, rule.secondTake) = (beta2, 1 - beta2)
      rule.secondScale = 1 / (1 - power(beta2, step)).squareRoot()
    case .adamax:
      rule = OptimizerRule(.adamax, rate: rate / (1 - power(beta1, step)))
      (rule.firstKeep, rule.firstTake) = (beta1, 1 - beta1)
      rule.secondKeep = beta2
    case .rmsprop:
      rule = OptimizerRule(.rmsprop, rate: rate)
      rule.firstKeep = momentum
      (rule.secondKeep, rule.secondTake) = (alpha, 1 - alpha)
    case .sgd:
      rule = OptimizerRule(.sgd, rate: rate)
      // PyTorch's momentum begins with the whole first gradient.
      (rule.firstKeep, rule.firstTake) = (momentum, step == 1 ? 1 : 1 - dampening)
      rule.isNesterov = nesterov
    }
    rule.epsilon = epsilon
    if name == .adamw {
      rule.parameterKeep = 1 - rate * weightDecay
    } else {
      rule.weightDecay = weightDecay
    }
    return rule
  }
}

/// `base` to a whole power, by squaring: the same bits on every system.
func power(_ base: Double, _ exponent: Int) -> Double {
  var result = 1.0
  var square = base
  var left = exponent
  while left > 0 {
    if left & 1 == 1 { result *= square }
    square *= square
    left >>= 1
  }
  return result
}
