internal import TensorCore
internal import VAECore

// The settings say what they are.
// swift-format-ignore: AllPublicDeclarationsHaveDocumentation
/// The keys of a model of five parts, which stand at the top of a configuration.
public struct VAEOptions: ComponentOptions, Hashable {
  @Setting("Number of latent dimensions.", .width)
  public var latent = 20
  @Setting("Observations to features.", role: "encoder")
  public var encoder: ComponentConfiguration = "mlp"
  @Setting("Features to a distribution over codes.", role: "posterior")
  public var posterior: ComponentConfiguration = "diagonal-gaussian"
  @Setting("The distribution codes have beforehand.", role: "prior")
  public var prior: ComponentConfiguration = "standard-normal"
  @Setting("Codes to parameters.", role: "decoder")
  public var decoder: ComponentConfiguration = "mlp"
  @Setting("Parameters to a distribution over observations.", role: "likelihood")
  public var likelihood: ComponentConfiguration = "bernoulli"

  /// The defaults: fully connected layers, Gaussian codes, Bernoulli observations.
  public init() {}

  /// An assembly that knows the parts of such a model.
  fileprivate func assembly<O, D>(
    in outer: Assembly, _ key: RandomKey, of type: O.Type, decoder role: Role<D>, _ fact: Fact<D>
  ) -> Assembly {
    let inner = outer.inside(key)
    inner.offer(.codeShape) { _ in [latent] }
    inner.offer(.encoder(of: O.self)) { try $0.make(encoder, .encoder(of: O.self)) }
    inner.offer(.featureCount) { try $0[.encoder(of: O.self)].featureCount }
    inner.offer(.posterior) { try $0.make(posterior, .posterior) }
    inner.offer(.prior) { try $0.make(prior, .prior) }
    inner.offer(.likelihood(of: O.self)) { try $0.make(likelihood, .likelihood(of: O.self)) }
    inner.offer(.parameterShape) {
      try $0[.likelihood(of: O.self)].parameterShape(forObservation: $0[.observationShape])
    }
    inner.offer(fact) { try $0.make(decoder, role) }
    return inner
  }
}

extension Family {
  /// Models of five parts: "vae", of images and other tensors, and of sequences.
  public static let vae = Family { registry in
    let summary = "encoder, posterior, prior, decoder, likelihood"
    registry.add(.model(of: Tensor.self), "vae", summary, VAEOptions()) { options, outer, key in
      let assembly = options.assembly(in: outer, key, of: Tensor.self, decoder: .decoder, .decoder)
      // First weights depend on this order.
      let encoder = try assembly[.encoder(of: Tensor.self)]
      let (posterior, prior) = (try assembly[.posterior], try assembly[.prior])
      let likelihood = try assembly[.likelihood(of: Tensor.self)]
      let decoder = try assembly[.decoder]
      return try compose(posterior, prior, options) {
        try images(encoder, $0, $1, decoder, likelihood)
      }
    }
    registry.add(
      .model(of: Sequences.self), "vae", summary,
      VAEOptions { ($0.encoder, $0.decoder, $0.likelihood) = ("gru", "gru", "categorical") }
    ) { options, outer, key in
      let assembly = options.assembly(
        in: outer, key, of: Sequences.self, decoder: .sequenceDecoder, .sequenceDecoder)
      let encoder = try assembly[.encoder(of: Sequences.self)]
      let (posterior, prior) = (try assembly[.posterior], try assembly[.prior])
      let likelihood = try assembly[.likelihood(of: Sequences.self)]
      let decoder = try assembly[.sequenceDecoder]
      return try compose(posterior, prior, options) {
        try sequences(encoder, $0, $1, decoder, likelihood)
      }
    }
  }
}

/// A model of a posterior and a prior whose types are known only now: they go together where their codes are of one type.
private func compose<Model>(
  _ posterior: any Posterior, _ prior: any Prior, _ options: VAEOptions,
  _ make: (any Posterior, any Prior) throws -> Model?
) throws -> Model {
  guard let model = try make(posterior, prior) else {
    throw CompositionError(
      incompatible: "the prior '\(options.prior.name)' is over codes of another type than the "
        + "posterior '\(options.posterior.name)' gives; choose a prior over such codes")
  }
  return model
}

private func images<Q: Posterior>(
  _ encoder: some Encoder<Tensor>, _ posterior: Q, _ prior: any Prior, _ decoder: some Decoder,
  _ likelihood: some Likelihood<Tensor>
) throws -> (any LatentModel<Tensor>)? {
  func open(_ prior: some Prior<Q.Value>) throws -> any LatentModel<Tensor> {
    try VAE(
      encoder: encoder, posterior: posterior, prior: prior, decoder: decoder,
      likelihood: likelihood)
  }
  guard let prior = prior as? any Prior<Q.Value> else { return nil }
  return try open(prior)
}

private func sequences<Q: Posterior>(
  _ encoder: some Encoder<Sequences>, _ posterior: Q, _ prior: any Prior,
  _ decoder: some SequenceDecoder, _ likelihood: some Likelihood<Sequences>
) throws -> (any LatentModel<Sequences>)? {
  func open(_ prior: some Prior<Q.Value>) throws -> any LatentModel<Sequences> {
    try SequenceVAE(
      encoder: encoder, posterior: posterior, prior: prior, decoder: decoder,
      likelihood: likelihood)
  }
  guard let prior = prior as? any Prior<Q.Value> else { return nil }
  return try open(prior)
}
