public import ComponentRegistry
internal import TensorCore
internal import VAECore

/// What a denoising objective is made of.
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
  @Setting("The objective of the clean observations.", role: "objective")
  public var objective: ComponentConfiguration = "elbo"

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
  /// Objectives of clean images whose codes come from damaged ones.
  public static let denoising = Family { registry in
    registry.add(
      .objective.of(Tensor.self), "denoising",
      "an objective of clean images, whose codes come from damaged ones", DenoisingOptions()
    ) { options, assembly, _ in
      func open(_ base: some RestoringObjective<Tensor>) -> any Objective {
        Denoising(base, corruption: options.damage)
      }
      let base = try assembly.make(options.objective, .objective)
      guard let base = base as? any RestoringObjective<Tensor> else {
        throw CompositionError(
          incompatible:
            "the objective '\(options.objective.name)' has no damaged form; choose elbo or reconstruction"
        )
      }
      return open(base)
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
