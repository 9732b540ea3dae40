public import ComponentRegistry
internal import TensorCore
internal import VAECore

/// What the denoising bound is made of.
public struct DenoisingOptions: ComponentOptions, Hashable {
  /// The damage done to what the encoder sees.
  public enum Kind: String, Codable, Sendable, Hashable, CaseIterable {
    /// Gaussian noise.
    case noise
    /// Pixels set to zero.
    case masking
    /// A Gaussian blur.
    case blur
  }

  @Setting("The damage done to what the encoder sees.")
  public var corruption = Kind.noise
  @Setting(
    "How much: the noise's standard deviation, the share of pixels, or the blur's in pixels.",
    Rule("a number above 0 and below 1000") { $0 > 0 && $0 < 1000 })
  public var amount = 0.3
  @Setting("The bound of the clean observations.")
  public var elbo = ELBOOptions()

  public init() {}

  public func validate() throws(ConfigurationError) {
    guard corruption != .masking || amount < 1 else {
      throw ConfigurationError(
        "takes a share below 1 of the pixels for masking, found \(amount)", at: ["amount"])
    }
  }

  var damage: Corruption {
    switch corruption {
    case .noise: .noise(deviation: amount)
    case .masking: .masking(rate: amount)
    case .blur: .blur(deviation: amount)
    }
  }
}

extension Family {
  /// The bound of clean images whose codes come from damaged ones.
  public static let denoising = Family { registry in
    registry.add(
      .objective.of(Tensor.self), "denoising",
      "the elbo of clean images, whose codes come from damaged ones", DenoisingOptions()
    ) { options, assembly, _ in
      func open(_ model: some LatentModel<Tensor>) throws -> any Objective {
        DenoisingELBO(try options.elbo.bound(of: model), corruption: options.damage)
      }
      guard let model = try assembly[.model] as? any LatentModel<Tensor> else {
        throw CompositionError(incompatible: "it damages images, and the model has none")
      }
      return try open(model)
    }
    registry.add(
      Preset(
        "denoising", "MLP 784-400-32, codes of noisy images tell the clean ones",
        source: "the criterion of Im et al., arXiv:1511.06406, with noise of deviation 0.3",
        """
        latent: 32
        encoder: {name: mlp, hidden: [400]}
        decoder: {name: mlp, hidden: [400]}
        objective: denoising
        trainer: {epochs: 20}
        """))
  }
}
