public import Layers
public import TensorCore
public import VAECore

/// An encoder of sequences that does what the protocol promises and nothing else: a matrix on each
/// real step, added up.
public struct MinimalSequenceEncoder: Encoder {
  /// A batch of sequences.
  public typealias Observation = Sequences
  /// What it reads.
  public let format: SequenceFormat
  /// Numbers it gives for each sequence.
  public let featureCount: Int
  /// How often it was called.
  public let calls = CallCount()
  private let weight: Parameter

  /// An encoder with fresh weights.
  public init(format: SequenceFormat, featureCount: Int, using key: inout RandomKey) {
    self.format = format
    self.featureCount = featureCount
    weight = Parameter(key.normal(format.stepShape + [featureCount]))
  }

  /// Shape of one step.
  public var observationShape: Shape { format.stepShape }
  /// The matrix.
  public var parts: KeyValuePairs<String, any ModulePart> { ["weight": weight] }

  /// Features of `x`: `[batch, featureCount]`.
  public func callAsFunction(_ x: Sequences, _ context: inout Context) -> Variable {
    calls.value += 1
    let steps = format.product(x.values, context[weight])
    return (steps * Variable(x.mask(steps.dtype).expanded(at: -1))).sum(along: 1)
  }
}

/// A decoder of sequences that does what the protocol promises and nothing else: a matrix on the
/// code and one on the step before.
public struct MinimalSequenceDecoder: SequenceDecoder {
  /// What it generates.
  public let format: SequenceFormat
  /// Number of latent dimensions it reads.
  public let latentCount: Int
  /// How often it was taught.
  public let calls = CallCount()
  private let fromCode: Parameter
  private let fromStep: Parameter

  /// A decoder with fresh weights.
  public init(format: SequenceFormat, latentCount: Int, using key: inout RandomKey) {
    self.format = format
    self.latentCount = latentCount
    fromCode = Parameter(key.normal([latentCount] + format.stepShape))
    fromStep = Parameter(key.normal(format.stepShape + format.stepShape))
  }

  /// As many numbers as a step has.
  public var parameterShape: Shape { format.stepShape }
  /// The two matrices.
  public var parts: KeyValuePairs<String, any ModulePart> {
    ["from_code": fromCode, "from_step": fromStep]
  }

  /// Parameters of every step: `[batch, time] + parameterShape`.
  public func callAsFunction(
    _ codes: Variable, teaching x: Sequences, _ context: inout Context
  ) -> Variable {
    calls.value += 1
    precondition(codes.shape == [x.count, latentCount], "codes are \(codes.shape)")
    return format.product(x.precedingSteps, context[fromStep])
      + codes.matmul(context[fromCode]).expanded(at: 1)
  }

  /// The state before the first step.
  public func state(from codes: Tensor) -> MinimalDecoderState {
    MinimalDecoderState(
      format: format, fromCode: codes.matmul(fromCode.value), fromStep: fromStep.value)
  }
}

/// The place a ``MinimalSequenceDecoder`` has reached: it needs only its code.
public struct MinimalDecoderState: DecoderState {
  let format: SequenceFormat
  var fromCode: Tensor
  let fromStep: Tensor

  /// Parameters of the next step: `[batch] + parameterShape`.
  public mutating func next(after previous: Tensor?) -> Tensor {
    let count = fromCode.shape[0]
    let first =
      switch format {
      case .tokens: Tensor(repeating: Double(SpecialToken.start), shape: [count], dtype: .int32)
      case .frames(let features): Tensor.zeros([count, features], dtype: fromCode.dtype)
      }
    return format.product((previous ?? first).expanded(at: 1), Variable(fromStep)).value
      .reshaped(to: fromCode.shape) + fromCode
  }

  /// The state of the rows that `rows` names.
  public func gathered(_ rows: Tensor) -> MinimalDecoderState {
    var state = self
    state.fromCode = fromCode.gathered(rows, along: 0)
    return state
  }
}

/// The likelihood of tokens whose parameters are logits.
public struct MinimalTokenLikelihood: TokenLikelihood {
  /// How many tokens there are.
  public let vocabularySize: Int
  /// How often log p was asked.
  public let calls = CallCount()

  /// A likelihood of so many tokens.
  public init(vocabularySize: Int) { self.vocabularySize = vocabularySize }

  /// A logit for each token.
  public func parameterShape(forObservation shape: Shape) -> Shape { [vocabularySize] }

  /// The distributions of sequences that have the logits.
  public func callAsFunction(_ parameters: Variable, _ context: inout Context) -> MinimalTokens {
    calls.value += 1
    return MinimalTokens(logits: parameters)
  }

  /// log p of each token.
  public func logProbabilities(given parameters: Tensor) -> Tensor {
    Variable(parameters).logSoftmax(along: -1).value
  }

  /// Throws for a token outside the vocabulary.
  public func validate(_ x: Sequences) throws(ObservationError) {
    guard x.values.integers.allSatisfy({ $0 >= 0 && $0 < vocabularySize }) else {
      throw ObservationError("a token is outside the vocabulary of \(vocabularySize)")
    }
  }
}

/// Tokens by their logits, `[batch, time, vocabularySize]`.
public struct MinimalTokens: Distribution {
  /// The logits.
  public let logits: Variable

  /// Tokens that have the logits.
  public init(logits: Variable) { self.logits = logits }

  /// log p in nats: `[batch]`.
  public func logProbability(of x: Sequences, _ context: inout Context) -> Variable? {
    precondition(
      logits.shape.dimensions.dropLast() == [x.count, x.time], "parameters are \(logits.shape)")
    let each = logits.logSoftmax(along: -1).picked(x.values)
    return (each * Variable(x.mask(each.dtype))).sum(along: 1)
  }

  /// The most probable tokens.
  public func mean(_ context: inout Context) -> Sequences {
    full(logits.value.maximum(along: -1).index)
  }

  /// Tokens drawn.
  public func sample(_ context: inout Context) -> Sequences {
    full(context.key.categorical(logits: logits.value))
  }

  /// Tokens by other logits.
  public func mapParameters(_ f: (Variable) -> Variable) -> MinimalTokens {
    MinimalTokens(logits: f(logits))
  }

  private func full(_ tokens: Tensor) -> Sequences {
    Sequences(
      values: tokens, lengths: Array(repeating: tokens.shape[1], count: tokens.shape[0]))
  }
}

extension SequenceFormat {
  /// Each step times a matrix `[step, width]`: `[batch, time, width]`; a token picks its row.
  func product(_ values: Tensor, _ weight: Variable) -> Variable {
    switch self {
    case .tokens: weight.embedded(values)
    case .frames: Variable(values).matmul(weight)
    }
  }
}
