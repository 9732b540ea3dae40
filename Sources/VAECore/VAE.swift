public import Layers
public import TensorCore

/// A variational autoencoder composed of five parts.
///
/// - Source: Kingma and Welling, "Auto-Encoding Variational Bayes", arXiv:1312.6114.
public struct VAE<E: Encoder, Q: Posterior, P: Prior, D: Decoder, L: Likelihood>:
  DirectAutoencoder
where Q.Distribution == P.Distribution, E.Observation == L.Observation {
  /// Observations to features.
  public let encoder: E
  /// Features to q(z | x).
  public let posterior: Q
  /// p(z).
  public let prior: P
  /// Codes to the likelihood's parameters.
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
    self.encoder = encoder
    self.posterior = posterior
    self.prior = prior
    self.decoder = decoder
    self.likelihood = likelihood
  }

  /// A batch of observations.
  public typealias Observation = E.Observation
  /// The posterior's distributions.
  public typealias Distribution = Q.Distribution

  /// Shape of one observation, without the batch axis.
  public var observationShape: Shape { encoder.observationShape }
  /// Number of latent dimensions.
  public var latentCount: Int { posterior.latentCount }

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
  public func encode(_ x: Observation, _ context: inout Context) -> Distribution {
    posterior(encoder(x, &context), &context)
  }

  /// The likelihood's parameters for `codes`.
  public func decode(_ codes: Variable, _ context: inout Context) -> Variable {
    decoder(codes, &context)
  }

  /// log p(x | z) in nats: `[batch]`.
  public func logLikelihood(
    of x: Observation, given parameters: Variable, _ context: inout Context
  ) -> Variable {
    likelihood.logProbability(of: x, given: parameters, &context)
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

  /// The expected observation for a likelihood's parameters.
  public func mean(given parameters: Tensor) -> Observation { likelihood.mean(given: parameters) }

  /// An observation drawn from the likelihood.
  public func sampleObservation(
    given parameters: Tensor, using key: inout RandomKey
  ) -> Observation {
    likelihood.sample(given: parameters, using: &key)
  }

  /// Throws where the likelihood gives `x` no meaning.
  public func validate(_ x: Observation) throws(ObservationError) { try likelihood.validate(x) }
}
