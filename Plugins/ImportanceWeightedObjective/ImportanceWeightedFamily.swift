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
    for preset in presets { registry.add(preset) }
  }

  /// One network and one training for all bounds.
  private static func preset(
    _ name: String, _ summary: String, source: String, _ objective: String
  ) -> Preset {
    Preset(
      name, "MLP 784-200-200-50 of tanh, \(summary)", source: source,
      """
      latent: 50
      data: {binarization: dynamic}
      encoder:
        {name: mlp, hidden: [200, 200], activation: tanh, initializer: glorot_uniform}
      posterior: {name: diagonal-gaussian, initializer: glorot_uniform}
      decoder:
        {name: mlp, hidden: [200, 200], activation: tanh, initializer: glorot_uniform}
      objective: \(objective)
      trainer:
        epochs: 100
        batch_size: 20
        optimizer: {name: adam, learning_rate: 0.001, epsilon: 1e-4}
      """)
  }

  private static let presets = [
    preset(
      "iwae-mnist", "the bound of 50 codes an image",
      source: "the one-layer model of Burda et al., arXiv:1509.00519, section 5, K = 50; first "
        + "weights as in github.com/yburda/iwae (nnet.py), whose output's bias also starts at the "
        + "data's",
      "{name: importance-weighted, samples: 50}"),
    preset(
      "miwae-mnist", "the mean of eight bounds of 8 codes an image",
      source:
        "Rainforth et al., arXiv:1802.04537, section 6, MIWAE(8, 8); the network of Burda et al.",
      "{name: importance-weighted, samples: 8, groups: 8}"),
    preset(
      "ciwae-mnist", "the bound of 64 codes an image, a twentieth of it the evidence lower bound",
      source:
        "Rainforth et al., arXiv:1802.04537, section 6, CIWAE with β = 0.05; the network of Burda et al.",
      "{name: importance-weighted, samples: 64, elbo_share: 0.05}"),
    preset(
      "piwae-mnist", "the decoder by the bound of 64 codes an image, the encoder by eight of 8",
      source:
        "Rainforth et al., arXiv:1802.04537, section 6, PIWAE(8, 8); the network of Burda et al.",
      "{name: partially-importance-weighted, samples: 8, groups: 8}"),
    preset(
      "dreg-mnist", "the bound of 64 codes an image by doubly reparameterized gradients",
      source:
        "Tucker et al., arXiv:1810.04152, equation 8 and section 6.2, K = 64; the network of Burda et al.",
      "{name: importance-weighted, samples: 64, gradient: doubly_reparameterized}"),
  ]
}
