public import ComponentRegistry
internal import VAECore

// The settings say what they are.
// swift-format-ignore: AllPublicDeclarationsHaveDocumentation
/// What an importance-weighted bound is made of.
public struct ImportanceWeightedOptions: ComponentOptions, Hashable {
  @Setting("K, the codes of each example in a group.", .from(1...100_000))
  public var samples = 5
  @Setting("M, the groups of each example, over which the bound is averaged.", .from(1...100_000))
  public var groups = 1
  @Setting(
    "The share of the evidence lower bound in what is maximized.",
    Rule("a share from 0 to 1") { (0...1).contains($0) })
  public var elboShare = 0.0
  @Setting("How the gradient reaches the posterior.")
  public var gradient = ImportanceGradient.reparameterized

  /// The defaults: one group of 5 codes.
  public init() {}
}

// swift-format-ignore: AllPublicDeclarationsHaveDocumentation
/// What the two bounds are made of.
public struct PartiallyImportanceWeightedOptions: ComponentOptions, Hashable {
  @Setting("K, the codes of each example in a group of the posterior's bound.", .from(1...100_000))
  public var samples = 8
  @Setting("M, the groups; the rest learns by one of M K codes.", .from(1...100_000))
  public var groups = 8
  @Setting("How the gradient reaches the posterior.")
  public var gradient = ImportanceGradient.reparameterized

  /// The defaults: 8 groups of 8 codes.
  public init() {}
}

extension Family {
  /// Bounds of several codes an example.
  public static let importanceWeighted = Family { registry in
    registry.add(
      .objective, "importance-weighted",
      "the bound of several codes an example: IWAE, and with groups MIWAE, with an elbo_share CIWAE",
      ImportanceWeightedOptions()
    ) { options, assembly, _ in
      func bound(of model: some LatentModel) throws -> any Objective {
        try ImportanceWeighted(
          model, samples: options.samples, groups: options.groups, elboShare: options.elboShare,
          gradient: options.gradient)
      }
      let model = try assembly[.model]
      return try bound(of: model)
    }
    registry.add(
      .objective, "partially-importance-weighted",
      "PIWAE: the posterior learns by several groups of codes, the rest by all of them together",
      PartiallyImportanceWeightedOptions()
    ) { options, assembly, _ in
      func bounds(of model: some LatentModel) throws -> any Objective {
        try PartiallyImportanceWeighted(
          model, samples: options.samples, groups: options.groups, gradient: options.gradient)
      }
      let model = try assembly[.model]
      return try bounds(of: model)
    }
    registry.add(
      Preset(
        "iwae-mnist", "MLP 784-200-200-50 of tanh, the bound of 50 codes an image",
        source: "the one-layer model of Burda et al., arXiv:1509.00519, section 5, K = 50; first "
          + "weights as in github.com/yburda/iwae (nnet.py), whose output's bias also starts at the "
          + "data's",
        """
        latent: 50
        data: {binarization: dynamic}
        encoder:
          {name: mlp, hidden: [200, 200], activation: tanh, initializer: glorot_uniform}
        posterior: {name: diagonal-gaussian, initializer: glorot_uniform}
        decoder:
          {name: mlp, hidden: [200, 200], activation: tanh, initializer: glorot_uniform}
        objective: {name: importance-weighted, samples: 50}
        trainer:
          epochs: 100
          batch_size: 20
          optimizer: {name: adam, learning_rate: 0.001, epsilon: 1e-4}
        """))
  }
}
