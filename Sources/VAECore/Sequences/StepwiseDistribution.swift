public import Layers
public import TensorCore

/// Sequences of which each step has a distribution of its own, given the steps before it.
public protocol StepwiseDistribution: Distribution where Value == Sequences {
  /// How many sequences there are.
  var rowCount: Int { get }
  /// Steps it can write at most; nil where there is no limit.
  var maximumLength: Int? { get }
  /// The state before the first step.
  var beginning: any DecoderState { get }
  /// log p of each token as the next step, `[batch, vocabularySize]`, for parameters `[batch,
  /// vocabularySize]`; nil for frames.
  func tokenLogProbabilities(given parameters: Tensor) -> Tensor?
  /// The expected steps for parameters `[batch, time] + parameterShape`.
  func mean(given parameters: Tensor) -> Sequences
  /// Steps drawn for parameters `[batch, time] + parameterShape`.
  func sample(given parameters: Tensor, using key: inout RandomKey) -> Sequences
}

extension StepwiseDistribution {
  /// Steps written where nobody says how many at most.
  private var length: Int { maximumLength ?? 100 }

  /// Sequences whose steps are drawn one after the other, at most 100 steps where there is no other limit.
  public func sample(_ context: inout Context) -> Sequences {
    write(by: .sampling(), maximumLength: length, using: &context.key)
  }

  /// The most probable step each time; of frames, the expected one.
  public func mean(_ context: inout Context) -> Sequences {
    var key = context.key
    return write(by: .greedy, maximumLength: length, using: &key)
  }
}

/// p(x | z) of a decoder that reads the steps before each step: it is taught in ``logProbability(of:_:)``, and writes step by step
/// everywhere else.
public struct WrittenSequences<D: SequenceDecoder, L: Likelihood<Sequences>>: StepwiseDistribution {
  /// What writes.
  public let decoder: D
  /// What its parameters mean.
  public let likelihood: L
  /// What it writes from, `[batch, latentCount]`.
  public let codes: Variable
  /// Steps it can write at most; nil where there is no limit.
  public let maximumLength: Int?

  /// The sequences that `decoder` writes from `codes`.
  public init(by decoder: D, with likelihood: L, from codes: Variable, maximumLength: Int? = nil) {
    self.decoder = decoder
    self.likelihood = likelihood
    self.codes = codes
    self.maximumLength = maximumLength
  }

  /// How many sequences there are.
  public var rowCount: Int { codes.shape[0] }

  /// The likelihood's parameters of every step, the steps before it given: `[batch, time] + parameterShape`.
  public func parameters(teaching x: Sequences, _ context: inout Context) -> Variable {
    decoder(codes, teaching: x, &context)
  }

  /// The sum over the steps, each given the steps before it.
  public func logProbability(of x: Sequences, _ context: inout Context) -> Variable? {
    likelihood(parameters(teaching: x, &context), &context).logProbability(of: x, &context)
  }

  /// The sequences written from other codes.
  public func mapParameters(_ f: (Variable) -> Variable) -> WrittenSequences {
    WrittenSequences(by: decoder, with: likelihood, from: f(codes), maximumLength: maximumLength)
  }

  /// The decoder's state before the first step.
  public var beginning: any DecoderState { decoder.state(from: codes.value) }

  /// log p of each token as the next step; nil for frames.
  public func tokenLogProbabilities(given parameters: Tensor) -> Tensor? {
    (likelihood as? any TokenLikelihood)?.logProbabilities(given: parameters)
  }

  /// The expected steps.
  public func mean(given parameters: Tensor) -> Sequences { likelihood.mean(given: parameters) }

  /// Steps drawn.
  public func sample(given parameters: Tensor, using key: inout RandomKey) -> Sequences {
    likelihood.sample(given: parameters, using: &key)
  }

  /// Whether the likelihood has a density.
  public static var hasDensity: Bool { L.Output.hasDensity }
}
