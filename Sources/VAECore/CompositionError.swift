internal import TensorCore

/// Two parts of a model that do not fit.
public struct CompositionError: Error, Sendable, Equatable, CustomStringConvertible {
  enum Reason: Sendable, Equatable {
    case featureCount(encoder: Int, posterior: Int)
    case latentCount(posterior: Int, prior: Int, decoder: Int)
    case parameterShape(decoder: Shape, likelihood: Shape, observation: Shape)
    case kinds(String)
  }

  let reason: Reason

  init(_ reason: Reason) { self.reason = reason }

  /// Parts of kinds that do not go together, told in one sentence that names both sides.
  public init(incompatible description: String) { reason = .kinds(description) }

  /// Both sides, in one sentence.
  public var description: String {
    switch reason {
    case .featureCount(let encoder, let posterior):
      "the encoder gives \(encoder) features, but the posterior reads \(posterior)"
    case .latentCount(let posterior, let prior, let decoder):
      "latent sizes differ: posterior \(posterior), prior \(prior), decoder \(decoder)"
    case .parameterShape(let decoder, let likelihood, let observation):
      "the likelihood needs parameters \(likelihood) for observations \(observation), "
        + "but the decoder gives \(decoder)"
    case .kinds(let description): description
    }
  }
}

extension CompositionError {
  /// Throws where two of a model's parts do not fit.
  static func check(
    _ encoder: some Encoder, _ posterior: some Posterior, _ prior: some Prior,
    decoderLatentCount: Int, decoderParameterShape: Shape, _ likelihood: some Likelihood
  ) throws(CompositionError) {
    guard encoder.featureCount == posterior.featureCount else {
      throw CompositionError(
        .featureCount(encoder: encoder.featureCount, posterior: posterior.featureCount))
    }
    let counts = (posterior.latentCount, prior.latentCount, decoderLatentCount)
    guard counts.0 == counts.1, counts.1 == counts.2 else {
      throw CompositionError(
        .latentCount(posterior: counts.0, prior: counts.1, decoder: counts.2))
    }
    let needed = likelihood.parameterShape(forObservation: encoder.observationShape)
    guard decoderParameterShape == needed else {
      throw CompositionError(
        .parameterShape(
          decoder: decoderParameterShape, likelihood: needed,
          observation: encoder.observationShape))
    }
  }
}
