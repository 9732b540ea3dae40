public import Layers
public import TensorCore

/// A variational autoencoder of sequences, composed of five parts.
///
/// - Source: Bowman et al., "Generating Sentences from a Continuous Space", arXiv:1511.06349.
public struct SequenceVAE<
  E: Encoder<Sequences>, Q: Posterior, P: Prior, D: SequenceDecoder, L: Likelihood<Sequences>
>: ComposedModel, LengthLimited
where Q.Value == P.Value {
  /// Observations to features.
  public let encoder: E
  /// Features to q(z | x).
  public let posterior: Q
  /// p(z).
  public let prior: P
  /// Codes and the steps so far to the likelihood's parameters.
  public let decoder: D
  /// p(x | z).
  public let likelihood: L
  /// Numbers of a condition beside features and codes.
  public let conditionWidth: Int

  /// Composes a model; throws an error that names both sides where two parts do not fit.
  ///
  /// Of a part of a ``ConditionalVAE`` the posterior reads `conditionWidth` more numbers than the
  /// encoder gives, and the decoder as many more than codes have.
  public init(
    encoder: E, posterior: Q, prior: P, decoder: D, likelihood: L, conditionWidth: Int = 0
  ) throws(CompositionError) {
    try CompositionError.check(
      encoder, posterior, prior, decoderReads: [decoder.latentCount],
      decoderGives: decoder.parameterShape, likelihood, conditionWidth: conditionWidth)
    if let size = (likelihood as? any TokenLikelihood)?.vocabularySize,
      encoder.observationShape != [size]
    {
      throw CompositionError(
        incompatible: "the encoder reads steps \(encoder.observationShape), but the likelihood has "
          + "\(size) tokens")
    }
    self.encoder = encoder
    self.posterior = posterior
    self.prior = prior
    self.decoder = decoder
    self.likelihood = likelihood
    self.conditionWidth = conditionWidth
  }

  /// A batch of observations.
  public typealias Observation = Sequences
  /// Sequences that are written step by step.
  public typealias Output = WrittenSequences<D, L>

  /// Shape of one step.
  public var stepShape: Shape { encoder.observationShape }

  /// Steps that the encoder and the decoder read at most; nil where neither has a limit.
  public var maximumLength: Int? {
    let parts: [any Module] = [encoder, decoder]
    return parts.compactMap { ($0 as? any LengthLimited)?.maximumLength }.min()
  }

  /// p(x | z).
  public func output(from z: Variable, _ context: inout Context) -> Output {
    WrittenSequences(by: decoder, with: likelihood, from: z, maximumLength: maximumLength)
  }

  /// Throws where `x` is longer than the model reads, or the likelihood gives it no meaning.
  public func validate(_ x: Sequences) throws(ObservationError) {
    if let maximumLength, x.time > maximumLength {
      throw ObservationError(
        "a sequence has \(x.time) steps, but the model reads at most \(maximumLength); shorten the "
          + "sequences, or choose parts that read longer ones")
    }
    try likelihood.validate(x)
  }
}
