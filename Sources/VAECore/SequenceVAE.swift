public import Layers
public import TensorCore

/// A variational autoencoder of sequences, composed of five parts.
///
/// - Source: Bowman et al., "Generating Sentences from a Continuous Space", arXiv:1511.06349.
public struct SequenceVAE<
  E: Encoder<Sequences>, Q: Posterior, P: Prior, D: SequenceDecoder, L: Likelihood<Sequences>
>: SequenceAutoencoder where Q.Distribution == P.Distribution {
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

  /// Composes a model; throws an error that names both sides where two parts do not fit.
  public init(
    encoder: E, posterior: Q, prior: P, decoder: D, likelihood: L
  ) throws(CompositionError) {
    try CompositionError.check(
      encoder, posterior, prior, decoderLatentCount: decoder.latentCount,
      decoderParameterShape: decoder.parameterShape, likelihood)
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
  }

  /// A batch of observations.
  public typealias Observation = Sequences
  /// The posterior's distributions.
  public typealias Distribution = Q.Distribution

  /// Shape of one step.
  public var stepShape: Shape { encoder.observationShape }
  /// Number of latent dimensions.
  public var latentCount: Int { posterior.latentCount }

  /// Steps that the encoder and the decoder read at most; nil where neither has a limit.
  public var maximumLength: Int? {
    let parts: [any Module] = [encoder, decoder]
    return parts.compactMap { ($0 as? any LengthLimited)?.maximumLength }.min()
  }

  /// The five parts by name.
  public var parts: KeyValuePairs<String, any ModulePart> {
    [
      "encoder": encoder, "posterior": posterior, "prior": prior, "decoder": decoder,
      "likelihood": likelihood,
    ]
  }

  /// The parameters of the encoder and the posterior, buffers included.
  public var inferenceParameters: [Parameter] {
    (encoder.namedParameters + posterior.namedParameters).map(\.parameter)
  }

  /// q(z | x).
  public func encode(_ x: Sequences, _ context: inout Context) -> Distribution {
    posterior(encoder(x, &context), &context)
  }

  /// The likelihood's parameters of every step, the steps before it given.
  public func decode(
    _ codes: Variable, teaching x: Sequences, _ context: inout Context
  ) -> Variable {
    decoder(codes, teaching: x, &context)
  }

  /// log p(x | z) in nats: `[batch]`.
  public func logLikelihood(
    of x: Sequences, from codes: Variable, _ context: inout Context
  ) -> Variable {
    likelihood.logProbability(of: x, given: decoder(codes, teaching: x, &context), &context)
  }

  /// KL(q ‖ p) in nats: `[batch]`.
  public func divergence(
    from q: Distribution, codes: Variable, _ context: inout Context
  ) -> Variable {
    prior.divergence(from: q, codes: codes, &context)
  }

  /// The share of each latent dimension in KL(q ‖ p), in nats: `[batch, latentCount]`; nil where it
  /// cannot be divided so.
  public func divergencePerDimension(from q: Distribution) -> Variable? {
    prior.divergencePerDimension(from: q)
  }

  /// Whether the prior divides its divergence among the latent dimensions.
  public var dividesDivergence: Bool { prior.dividesDivergence }

  /// log p(z) in nats: `[batch]`.
  public func logPrior(of codes: Variable, _ context: inout Context) -> Variable {
    prior.logProbability(of: codes, &context)
  }

  /// `count` codes from the prior: `[count, latentCount]`.
  public func samplePrior(_ count: Int, using key: inout RandomKey) -> Tensor {
    prior.sample(count, using: &key)
  }

  /// The decoder's state before the first step of sequences generated from `codes`.
  public func decoderState(from codes: Tensor) -> any DecoderState { decoder.state(from: codes) }

  /// log p of each token as the next step; nil for a model of frames.
  public func tokenLogProbabilities(given parameters: Tensor) -> Tensor? {
    (likelihood as? any TokenLikelihood)?.logProbabilities(given: parameters)
  }

  /// The expected steps for a likelihood's parameters.
  public func mean(given parameters: Tensor) -> Sequences { likelihood.mean(given: parameters) }

  /// Steps drawn from the likelihood.
  public func sampleObservation(
    given parameters: Tensor, using key: inout RandomKey
  ) -> Sequences {
    likelihood.sample(given: parameters, using: &key)
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
