public import Layers
public import TensorCore

/// Maps codes to the parameters of every step of a sequence, each from the code and the steps
/// before it.
public protocol SequenceDecoder: Module {
  /// What it keeps while it generates.
  associatedtype State: DecoderState
  /// Number of latent dimensions it reads.
  var latentCount: Int { get }
  /// Shape of the parameters of one step, without the batch and time axes.
  var parameterShape: Shape { get }
  /// Parameters of every step, the steps before it given (teacher forcing): `[batch, time] +
  /// parameterShape`, for `codes` `[batch, latentCount]`.
  ///
  /// The parameters of step t depend on the code and on the steps of `x` before t, never on step t
  /// or what follows.
  func callAsFunction(
    _ codes: Variable, teaching x: Sequences, _ context: inout Context
  ) -> Variable
  /// The state before the first step of sequences generated from `codes` `[batch, latentCount]`.
  func state(from codes: Tensor) -> State
}

/// A part of a model that reads sequences up to some length only, such as one with learned
/// positions.
public protocol LengthLimited {
  /// Steps it reads at most; nil where there is no limit.
  var maximumLength: Int? { get }
}

/// The place a decoder has reached in a batch of sequences that it generates.
public protocol DecoderState {
  /// Parameters of the next step: `[batch] + parameterShape`.
  ///
  /// `previous` is what the step before became, int32 tokens `[batch]` or frames `[batch,
  /// features]`; nil before the first.
  mutating func next(after previous: Tensor?) -> Tensor
  /// The state of the rows that `rows` (int32) names, in that order; a row may come twice, as when
  /// a beam branches.
  func gathered(_ rows: Tensor) -> Self
}

/// A likelihood of tokens, which tells how probable each is as the next one.
public protocol TokenLikelihood: Likelihood<Sequences> {
  /// How many tokens there are, those of ``SpecialToken`` counted.
  var vocabularySize: Int { get }
  /// log p of each token: `[..., vocabularySize]`, in nats, for parameters `[..., vocabularySize]`.
  func logProbabilities(given parameters: Tensor) -> Tensor
}
