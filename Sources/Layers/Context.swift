public import TensorCore

/// What one forward pass knows besides its input: whether it trains, and where its randomness comes
/// from.
public struct Context {
  /// Whether layers behave as in training: dropout drops, batch normalization looks at the batch.
  public var isTraining: Bool
  /// Whether parameters enter the tape.
  ///
  /// Without it a pass keeps nothing for gradients.
  public var recordsGradients: Bool
  /// The source of the pass's random numbers.
  public var key: RandomKey
  /// How products with parameters read their operands.
  public var precision: Precision
  /// Who steps by this pass: the name of a player of the objective; nil for the first.
  public var player: String?
  /// How many examples the run trains on; nil where no run is under way.
  public var exampleCount: Int?
  /// What parts of a model add to the loss, such as a commitment, in nats an example: `[batch]`
  /// each.
  ///
  /// The objective adds them to the total of whoever trains those parts (`Loss.collect(from:)`).
  public var charges: [(key: String, value: Variable)] = []
  /// What parts of a model report beside, such as a perplexity: `[batch]` each.
  public var reports: [(key: String, value: Tensor)] = []
  /// What this pass trains, buffers included; nil trains all there is.
  ///
  /// Other parameters enter no tape, and other buffers stay as they are.
  package var trained: Set<ObjectIdentifier>?
  /// What training enters for the step and for the numbers that change with it: scalars in float64.
  package var stepNumber: Tensor?
  package var scheduledNumbers: [ObjectIdentifier: Tensor] = [:]

  /// What modules above the layers keep with the pass; see ``ContextKey``.
  var kept: [ObjectIdentifier: Any] = [:]

  /// A pass that trains: it records gradients, drops and normalizes by the batch.
  public static func training(
    _ key: RandomKey, precision: Precision = .float32
  ) -> Context {
    Context(isTraining: true, recordsGradients: true, key: key, precision: precision)
  }

  /// A pass that only looks: no gradients, no dropout, running statistics.
  public static func inference(_ key: RandomKey = RandomKey(seed: 0)) -> Context {
    Context(isTraining: false, recordsGradients: false, key: key)
  }

  /// A pass with each choice made by hand.
  public init(
    isTraining: Bool, recordsGradients: Bool, key: RandomKey, precision: Precision = .float32
  ) {
    self.isTraining = isTraining
    self.recordsGradients = recordsGradients
    self.key = key
    self.precision = precision
  }

  /// A parameter as this pass sees it.
  public subscript(parameter: Parameter) -> Variable {
    guard recordsGradients, trains(parameter) else {
      return Variable(parameter.value).multiplying(in: precision, rounded: parameter.rounded)
    }
    return precision == .bfloat16 ? parameter.leafForRoundedProducts : parameter.leaf
  }

  /// A number that changes with the step as this pass sees it, a scalar.
  public subscript(number: Scheduled, as dtype: DType = .float32) -> Variable {
    let now = scheduledNumbers[ObjectIdentifier(number)] ?? Tensor(number.end, dtype: .float64)
    return Variable(now.converted(to: dtype))
  }

  /// The step of the run that is being taken, counted from 0, a scalar; nil where no run is under
  /// way.
  ///
  /// It is an input of a captured step, so that captured steps see it change. Validation sees the
  /// steps taken so far.
  public func step(as dtype: DType = .float32) -> Variable? {
    stepNumber.map { Variable($0.converted(to: dtype)) }
  }

  /// Whether this pass moves a buffer: it trains, and the buffer belongs to who steps by it.
  ///
  /// What moves is changed by kernels, without a look at its numbers, so that steps stay captured.
  public func moves(_ buffer: Parameter) -> Bool { isTraining && trains(buffer) }

  private func trains(_ parameter: Parameter) -> Bool {
    trained?.contains(ObjectIdentifier(parameter)) ?? true
  }
}

extension Context {
  /// Enters a step of a run, and what the numbers of `module` that change with it are then.
  package mutating func enter(step: Int, of module: some Module) {
    stepNumber = Tensor(Double(step), dtype: .float64)
    for (_, schedule) in module.namedSchedules {
      scheduledNumbers[ObjectIdentifier(schedule)] = Tensor(schedule(at: step), dtype: .float64)
    }
  }
}
