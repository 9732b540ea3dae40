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
  ///
  /// What is observed decides among which encoders, decoders and likelihoods a name is looked up.
  public func resolved(
    _ model: ModelConfiguration, of kind: DataConfiguration.Kind
  ) throws(ConfigurationError) -> ModelConfiguration {
    guard (1...largestWidth).contains(model.latent) else {
      throw ConfigurationError(
        "takes a count from 1 to \(largestWidth), found \(model.latent)", at: ["latent"])
    }
    var result = model
    result.posterior = try posteriors.resolved(model.posterior)
    result.prior = try priors.resolved(model.prior)
    switch kind {
    case .images:
      result.encoder = try encoders.resolved(model.encoder)
      result.decoder = try decoders.resolved(model.decoder)
    case .text, .signals:
      result.encoder = try sequenceEncoders.resolved(model.encoder)
      result.decoder = try sequenceDecoders.resolved(model.decoder)
    }
    result.likelihood =
      kind == .text
      ? try tokenLikelihoods.resolved(model.likelihood) : try likelihoods.resolved(model.likelihood)
    return result
  }

  /// Builds the model of images that a configuration describes, with fresh weights.
  ///
  /// - Throws: ``ConfigurationError`` for an unknown name or key or a value that makes no sense,
  ///   `CompositionError` for parts that do not fit.
  public func model(
    _ configuration: ModelConfiguration, observationShape: Shape, using key: inout RandomKey
  ) throws -> any DirectAutoencoder<Tensor> {
    let model = try resolved(configuration, of: .images)
    let encoder = try placing(.encoder) {
      try encoders.entry(for: model.encoder).make(model.encoder.options, observationShape, &key)
    }
    let codes = try codes(model, featureCount: encoder.featureCount, using: &key)
    let likelihood = try placing(.likelihood) {
      try likelihoods.entry(for: model.likelihood)
        .make(model.likelihood.options, observationShape, &key)
    }
    let decoder = try placing(.decoder) {
      try decoders.entry(for: model.decoder).make(
        model.decoder.options, model.latent,
        likelihood.parameterShape(forObservation: observationShape), &key)
    }
    return try compose(
      ImageParts(encoder: encoder, decoder: decoder, likelihood: likelihood), codes)
  }

  /// Builds the model of sequences that a configuration describes, with fresh weights.
  ///
  /// - Throws: ``ConfigurationError`` for an unknown name or key or a value that makes no sense,
  ///   `CompositionError` for parts that do not fit.
  public func sequenceModel(
    _ configuration: ModelConfiguration, format: SequenceFormat, using key: inout RandomKey
  ) throws -> any SequenceAutoencoder {
    let isText = if case .tokens = format { true } else { false }
    let model = try resolved(configuration, of: isText ? .text : .signals)
    let encoder = try placing(.encoder) {
      try sequenceEncoders.entry(for: model.encoder).make(model.encoder.options, format, &key)
    }
    let codes = try codes(model, featureCount: encoder.featureCount, using: &key)
    let likelihood = try placing(.likelihood) {
      try sequenceLikelihood(model.likelihood, format: format, using: &key)
    }
    let decoder = try placing(.decoder) {
      try sequenceDecoders.entry(for: model.decoder).make(
        model.decoder.options, model.latent, format,
        likelihood.parameterShape(forObservation: format.stepShape), &key)
    }
    return try compose(
      SequenceParts(encoder: encoder, decoder: decoder, likelihood: likelihood), codes)
  }

  /// A likelihood of tokens, or one of frames applied to each.
  private func sequenceLikelihood(
    _ likelihood: ComponentConfiguration, format: SequenceFormat, using key: inout RandomKey
  ) throws -> any Likelihood<Sequences> {
    func perFrame(_ likelihood: some Likelihood<Tensor>) -> any Likelihood<Sequences> {
      PerFrame(likelihood)
    }
    func open(_ likelihood: some TokenLikelihood) -> any Likelihood<Sequences> { likelihood }
    switch format {
    case .tokens(let size):
      return open(
        try tokenLikelihoods.entry(for: likelihood).make(likelihood.options, size, &key))
    case .frames:
      return perFrame(
        try likelihoods.entry(for: likelihood).make(likelihood.options, format.stepShape, &key))
    }
  }

  /// The parts that do not depend on what is observed, with their names for messages.
  private typealias CodeParts = (
    posterior: any Posterior, prior: any Prior, names: (posterior: String, prior: String)
  )

  private func codes(
    _ model: ModelConfiguration, featureCount: Int, using key: inout RandomKey
  ) throws -> CodeParts {
    let posterior = try placing(.posterior) {
      try posteriors.entry(for: model.posterior)
        .make(model.posterior.options, featureCount, model.latent, &key)
    }
    let prior = try placing(.prior) {
      try priors.entry(for: model.prior).make(model.prior.options, model.latent, &key)
    }
    return (posterior, prior, (model.posterior.name, model.prior.name))
  }

  /// A model of parts whose types are known only now.
  private func compose<Parts: ObservationParts>(
    _ parts: Parts, _ codes: CodeParts
  ) throws -> Parts.Model {
    func open<Q: Posterior>(_ posterior: Q) throws -> Parts.Model? {
      guard let prior = codes.prior as? any Prior<Q.Distribution> else { return nil }
      return try parts.compose(posterior, prior)
    }
    guard let model = try open(codes.posterior) else {
      throw CompositionError(
        incompatible: "the prior '\(codes.names.prior)' cannot be compared with the posterior "
          + "'\(codes.names.posterior)'; choose a prior of the same family")
    }
    return model
  }

  /// Builds the objective a configuration names, around a model.
  public func objective<Model: VariationalAutoencoder>(
    _ configuration: ComponentConfiguration, for model: Model
  ) throws -> any Objective<Batch<Model.Observation>> {
    let objective = try objectives.resolved(configuration)
    return try placing(.objective) {
      try objectives.entry(for: objective).make(objective.options).objective(for: model)
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

/// The parts of a model that see observations.
private protocol ObservationParts {
  associatedtype Model
  func compose<Q: Posterior, P: Prior>(
    _ posterior: Q, _ prior: P
  ) throws -> Model where Q.Distribution == P.Distribution
}

private struct ImageParts: ObservationParts {
  let encoder: any Encoder<Tensor>
  let decoder: any Decoder
  let likelihood: any Likelihood<Tensor>

  func compose<Q: Posterior, P: Prior>(
    _ posterior: Q, _ prior: P
  ) throws -> any DirectAutoencoder<Tensor> where Q.Distribution == P.Distribution {
    func open(
      _ encoder: some Encoder<Tensor>, _ decoder: some Decoder,
      _ likelihood: some Likelihood<Tensor>
    ) throws -> any DirectAutoencoder<Tensor> {
      try VAE(
        encoder: encoder, posterior: posterior, prior: prior, decoder: decoder,
        likelihood: likelihood)
    }
    return try open(encoder, decoder, likelihood)
  }
}

private struct SequenceParts: ObservationParts {
  let encoder: any Encoder<Sequences>
  let decoder: any SequenceDecoder
  let likelihood: any Likelihood<Sequences>

  func compose<Q: Posterior, P: Prior>(
    _ posterior: Q, _ prior: P
  ) throws -> any SequenceAutoencoder where Q.Distribution == P.Distribution {
    func open(
      _ encoder: some Encoder<Sequences>, _ decoder: some SequenceDecoder,
      _ likelihood: some Likelihood<Sequences>
    ) throws -> any SequenceAutoencoder {
      try SequenceVAE(
        encoder: encoder, posterior: posterior, prior: prior, decoder: decoder,
        likelihood: likelihood)
    }
    return try open(encoder, decoder, likelihood)
  }
}
