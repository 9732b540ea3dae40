/// The parts of a model by name.
public struct ModelConfiguration: Codable, Sendable, Hashable {
  /// Number of latent dimensions.
  public var latent: Int
  /// Observations to features.
  public var encoder: ComponentConfiguration
  /// Features to a distribution over codes.
  public var posterior = ComponentConfiguration("diagonal-gaussian")
  /// The distribution codes have beforehand.
  public var prior = ComponentConfiguration("standard-normal")
  /// Codes to parameters.
  public var decoder: ComponentConfiguration
  /// Parameters to a distribution over observations.
  public var likelihood = ComponentConfiguration("bernoulli")

  /// A model with the standard normal prior, a diagonal Gaussian posterior and a Bernoulli
  /// likelihood.
  public init(latent: Int, encoder: ComponentConfiguration, decoder: ComponentConfiguration) {
    self.latent = latent
    self.encoder = encoder
    self.decoder = decoder
  }
}

extension Registry {
  /// The configuration with every option of every component spelled out; throws where one is wrong.
  public func resolved(
    _ model: ModelConfiguration
  ) throws(ConfigurationError) -> ModelConfiguration {
    guard (1...largestWidth).contains(model.latent) else {
      throw ConfigurationError(
        "takes a count from 1 to \(largestWidth), found \(model.latent)", at: ["latent"])
    }
    var result = model
    result.encoder = try encoders.resolved(model.encoder)
    result.posterior = try posteriors.resolved(model.posterior)
    result.prior = try priors.resolved(model.prior)
    result.decoder = try decoders.resolved(model.decoder)
    result.likelihood = try likelihoods.resolved(model.likelihood)
    return result
  }

  /// Builds the model a configuration describes, with fresh weights, for observations of a shape.
  ///
  /// - Throws: ``ConfigurationError`` for an unknown name or key or a value that makes no sense,
  ///   `CompositionError` for parts that do not fit.
  public func model(
    _ configuration: ModelConfiguration, observationShape: Shape, using key: inout RandomKey
  ) throws -> any DirectAutoencoder<Tensor> {
    let model = try resolved(configuration)
    let latent = model.latent
    let encoder = try placing(.encoder) {
      try encoders.entry(for: model.encoder).make(model.encoder.options, observationShape, &key)
    }
    let posterior = try placing(.posterior) {
      try posteriors.entry(for: model.posterior)
        .make(model.posterior.options, encoder.featureCount, latent, &key)
    }
    let prior = try placing(.prior) {
      try priors.entry(for: model.prior).make(model.prior.options, latent, &key)
    }
    let likelihood = try placing(.likelihood) {
      try likelihoods.entry(for: model.likelihood)
        .make(model.likelihood.options, observationShape, &key)
    }
    let decoder = try placing(.decoder) {
      try decoders.entry(for: model.decoder).make(
        model.decoder.options, latent,
        likelihood.parameterShape(forObservation: observationShape), &key)
    }
    guard
      let composed = try compose(
        encoder: encoder, posterior: posterior, prior: prior, decoder: decoder,
        likelihood: likelihood)
    else {
      throw CompositionError(
        incompatible: "the prior '\(model.prior.name)' cannot be compared with the posterior "
          + "'\(model.posterior.name)'; choose a prior of the same family")
    }
    return composed
  }

  /// Builds the objective a configuration names, around a model.
  public func objective(
    _ configuration: ComponentConfiguration, for model: any DirectAutoencoder<Tensor>
  ) throws -> any Objective<Batch<Tensor>> {
    let objective = try objectives.resolved(configuration)
    return try placing(.objective) {
      try objectives.entry(for: objective).make(objective.options, model)
    }
  }

  /// Puts the component's kind before the path of an error in its options.
  private func placing<Part>(
    _ kind: ComponentDescription.Kind, _ make: () throws -> Part
  ) throws -> Part {
    do {
      return try make()
    } catch let error as ConfigurationError where !error.path.hasPrefix(kind.rawValue) {
      throw ConfigurationError(error.reason, at: [kind.rawValue, error.path])
    }
  }
}

/// A model of parts whose types are known only now; nil where prior and posterior are of different
/// families.
private func compose<Q: Posterior>(
  encoder: any Encoder<Tensor>, posterior: Q, prior: any Prior, decoder: any Decoder,
  likelihood: any Likelihood<Tensor>
) throws -> (any DirectAutoencoder<Tensor>)? {
  guard let prior = prior as? any Prior<Q.Distribution> else { return nil }
  return try compose(encoder, posterior, prior, decoder, likelihood)
}

private func compose<E: Encoder<Tensor>, Q: Posterior, P: Prior, D: Decoder, L: Likelihood<Tensor>>(
  _ encoder: E, _ posterior: Q, _ prior: P, _ decoder: D, _ likelihood: L
) throws -> any DirectAutoencoder<Tensor> where Q.Distribution == P.Distribution {
  try VAE(
    encoder: encoder, posterior: posterior, prior: prior, decoder: decoder, likelihood: likelihood)
}
