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
  /// What the caller enters as the numbers of a loss that change with the step: scalars in float64.
  package var scheduledNumbers: [String: Tensor] = [:]

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
    guard recordsGradients else {
      return Variable(parameter.value).multiplying(in: precision, rounded: parameter.rounded)
    }
    return precision == .bfloat16 ? parameter.leafForRoundedProducts : parameter.leaf
  }

  /// A number of a loss that changes with the step, a scalar: what the training step entered under
  /// this name, since the objective states it, or else `value`.
  public func scheduledNumber(
    _ name: String, else value: Double, dtype: DType = .float32
  ) -> Variable {
    Variable((scheduledNumbers[name] ?? Tensor(value, dtype: .float64)).converted(to: dtype))
  }
}
