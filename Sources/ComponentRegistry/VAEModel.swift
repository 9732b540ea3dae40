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

  static var ofSequences: VAEOptions {
    VAEOptions { ($0.encoder, $0.decoder, $0.likelihood) = ("gru", "gru", "categorical") }
  }

  /// Teaches an assembly the parts of such a model.
  private func teach<O, D>(
    _ assembly: Assembly, of type: O.Type, decoder role: Role<D>, _ fact: Fact<D>, width: Int,
    _ key: RandomKey
  ) {
    assembly.offer(.codeShape) { try $0[.posterior].codeShape }
    assembly.offer(.featureShape) { try $0[.encoder(of: O.self)].featureShape }
    assembly.offer(.encoder(of: O.self)) { try $0.make(encoder, .encoder(of: O.self)) }
    assembly.offer(.featureCount) { try $0[.encoder(of: O.self)].featureCount + width }
    assembly.offer(.posterior) { assembly in
      try assembly.supposing(.codeShape, [latent]) { try assembly.make(posterior, .posterior) }
    }
    assembly.offer(.prior) { try $0.make(prior, .prior) }
    assembly.offer(.likelihood(of: O.self)) { try $0.make(likelihood, .likelihood(of: O.self)) }
    assembly.offer(.parameterShape) {
      try $0[.likelihood(of: O.self)].parameterShape(forObservation: $0[.observationShape])
    }
    assembly.offer(fact) {
      guard width > 0 else { return try $0.make(decoder, role) }
      let reading = $0.inside(key.folded(with: 1))
      let own = try $0[.codeShape]
      guard own.rank == 1 else {
        throw CompositionError(
          incompatible:
            "a condition stands beside rows of codes, and these are grids \(own); choose another posterior"
        )
      }
      reading.offer(.codeShape) { _ in [own.count + width] }
      return try reading.make(decoder, role)
    }
  }

  /// A model of images and other tensors.
  fileprivate func images(
    in assembly: Assembly, width: Int, _ key: RandomKey
  ) throws -> any ComposedModel<Tensor> {
    teach(assembly, of: Tensor.self, decoder: .decoder, .decoder, width: width, key)
    // First weights depend on this order.
    let encoder = try assembly[.encoder(of: Tensor.self)]
    let (posterior, prior) = (try assembly[.posterior], try assembly[.prior])
    let likelihood = try assembly[.likelihood(of: Tensor.self)]
    let decoder = try assembly[.decoder]
    func compose<Q: Posterior>(
      _ encoder: some Encoder<Tensor>, _ posterior: Q, _ decoder: some Decoder,
      _ likelihood: some Likelihood<Tensor>
    ) throws -> any ComposedModel<Tensor> {
      func open(_ prior: some Prior<Q.Value>) throws -> any ComposedModel<Tensor> {
        try VAE(
          encoder: encoder, posterior: posterior, prior: prior, decoder: decoder,
          likelihood: likelihood, conditionWidth: width)
      }
      guard let prior = prior as? any Prior<Q.Value> else { throw otherCodes }
      return try open(prior)
    }
    return try compose(encoder, posterior, decoder, likelihood)
  }

  /// A model of sequences.
  fileprivate func sequences(
    in assembly: Assembly, width: Int, _ key: RandomKey
  ) throws -> any ComposedModel<Sequences> {
    teach(
      assembly, of: Sequences.self, decoder: .sequenceDecoder, .sequenceDecoder, width: width, key)
    let encoder = try assembly[.encoder(of: Sequences.self)]
    let (posterior, prior) = (try assembly[.posterior], try assembly[.prior])
    let likelihood = try assembly[.likelihood(of: Sequences.self)]
    let decoder = try assembly[.sequenceDecoder]
    func compose<Q: Posterior>(
      _ encoder: some Encoder<Sequences>, _ posterior: Q, _ decoder: some SequenceDecoder,
      _ likelihood: some Likelihood<Sequences>
    ) throws -> any ComposedModel<Sequences> {
      func open(_ prior: some Prior<Q.Value>) throws -> any ComposedModel<Sequences> {
        try SequenceVAE(
          encoder: encoder, posterior: posterior, prior: prior, decoder: decoder,
          likelihood: likelihood, conditionWidth: width)
      }
      guard let prior = prior as? any Prior<Q.Value> else { throw otherCodes }
      return try open(prior)
    }
    return try compose(encoder, posterior, decoder, likelihood)
  }

  /// The types of posterior and prior are known only now: they go together where their codes are of one type.
  private var otherCodes: CompositionError {
    CompositionError(
      incompatible: "the prior '\(prior.name)' is over codes of another type than the posterior "
        + "'\(posterior.name)' gives; choose a prior over such codes")
  }
}

extension Family {
  /// Models of five parts, of images and other tensors, and of sequences: "vae", and
  /// "conditional-vae" of observations with labels.
  public static let vae = Family { registry in
    let summary = "encoder, posterior, prior, decoder, likelihood"
    registry.add(.model(of: Tensor.self), "vae", summary, VAEOptions()) { options, outer, key in
      try options.images(in: outer.inside(key), width: 0, key)
    }
    registry.add(.model(of: Sequences.self), "vae", summary, VAEOptions.ofSequences) {
      options, outer, key in try options.sequences(in: outer.inside(key), width: 0, key)
    }
    let conditional = summary + ", the class of each observation told to all of them"
    registry.add(
      .model(of: Labelled<Tensor>.self), "conditional-vae", conditional, VAEOptions()
    ) { options, outer, key in
      let classes = try outer[.classCount]
      let (inner, width) = try unlabelled(outer, key, classes)
      return try told(classes, options.images(in: inner, width: width, key))
    }
    registry.add(
      .model(of: Labelled<Sequences>.self), "conditional-vae", conditional, VAEOptions.ofSequences
    ) { options, outer, key in
      let classes = try outer[.classCount]
      let (inner, width) = try unlabelled(outer, key, classes)
      return try told(classes, options.sequences(in: inner, width: width, key))
    }
  }
}

/// An assembly of what is observed beside the labels, which knows the width of the condition.
private func unlabelled(
  _ outer: Assembly, _ key: RandomKey, _ classCount: Int
) throws -> (assembly: Assembly, width: Int) {
  let inner = outer.inside(key, ofPart: true)
  let width = classCount + 1
  inner.offer(.conditionWidth) { _ in width }
  return (inner, width)
}

private func told<O: Rows>(
  _ classCount: Int, _ base: some ComposedModel<O>
) throws -> any LatentModel<Labelled<O>> {
  try ConditionalVAE(base, classCount: classCount)
}
