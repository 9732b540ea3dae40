public import Layers
public import TensorCore

/// A variational autoencoder composed of five parts.
///
/// - Source: Kingma and Welling, "Auto-Encoding Variational Bayes", arXiv:1312.6114.
public struct VAE<E: Encoder, Q: Posterior, P: Prior, D: Decoder, L: Likelihood>: ComposedModel
where E.Observation == L.Observation, Q.Value == P.Value {
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
      encoder, posterior, prior, decoderReads: decoder.codeShape,
      decoderGives: decoder.parameterShape, likelihood, conditionWidth: conditionWidth)
    self.encoder = encoder
    self.posterior = posterior
    self.prior = prior
    self.decoder = decoder
    self.likelihood = likelihood
    self.conditionWidth = conditionWidth
  }

  /// A batch of observations.
  public typealias Observation = E.Observation
  /// The likelihood's distributions.
  public typealias Output = L.Output

  /// Shape of one observation, without the batch axis.
  public var observationShape: Shape { encoder.observationShape }

  /// p(x | z).
  public func output(from z: Variable, _ context: inout Context) -> Output {
    likelihood(decoder(z, &context), &context)
  }

  /// Throws where the likelihood gives `x` no meaning.
  public func validate(_ x: Observation) throws(ObservationError) { try likelihood.validate(x) }
}
