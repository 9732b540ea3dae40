public import ComponentRegistry
internal import VAECore

/// What the evidence lower bound is made of.
public struct ELBOOptions: ComponentOptions, Hashable {
  /// How the weight of the KL term rises.
  public enum WarmUp: String, Codable, Sendable, Hashable, CaseIterable {
    /// In a straight line.
    case linear
    /// Along a logistic curve.
    case logistic
    /// Again and again, in cycles.
    case cyclical
  }

  @Setting("The weight of the KL term once warmed up; above 1 a beta-VAE.", .notNegative)
  public var klWeight = 1.0
  @Setting("How the weight rises.")
  public var warmUp = WarmUp.linear
  @Setting(
    "Steps over which it rises in a line, after which a logistic curve is half way up, or that all "
      + "cycles take; 0 for no warm-up.", .atLeast(0))
  public var warmUpSteps = 0
  // Less steep, the weight would hardly rise in a billion steps.
  @Setting(
    "The steepness of the logistic curve, a step.",
    Rule("a number above 0, 1e-8 or more") { $0 >= 1e-8 && $0.isFinite })
  public var warmUpSteepness = 0.0025
  @Setting("How often a cyclical warm-up rises.", .atLeast(1))
  public var warmUpCycles = 4
  @Setting(
    "The share of a cycle in which it rises.",
    Rule("a share above 0, up to 1") { $0 > 0 && $0 <= 1 })
  public var warmUpRise = 0.5
  @Setting("KL that a group of codes has for nothing, in nats; 0 charges all.", .notNegative)
  public var freeBits = 0.0
  @Setting("Neighbouring codes that make a group for the free bits.", .atLeast(1))
  public var freeBitsGroup = 1
  @Setting(
    "Nats at which the KL is held, |KL - capacity|; null keeps it small instead.", .notNegative)
  public var capacity: Double? = nil
  @Setting("Steps over which the capacity rises from 0.", .atLeast(0))
  public var capacitySteps = 0
  @Setting("What is added, parts of the role penalty by name.", role: "penalty")
  public var penalties = ComponentSet()
  @Setting(
    "The most steps that the encoder takes ahead of each step of the rest, while mutual information "
      + "rises; 0 trains all together.", .atLeast(0))
  public var innerSteps = 0

  public init() {}

  public func validate() throws(ConfigurationError) {
    guard capacity == nil || freeBits == 0 else {
      throw ConfigurationError(
        "holds the KL at a value, while free_bits lets it be small for nothing; leave one of them out",
        at: ["capacity"])
    }
    guard capacity != nil || capacitySteps == 0 else {
      throw ConfigurationError(
        "is how long a capacity rises, and there is none; name it, as in capacity: 25",
        at: ["capacity_steps"])
    }
    guard capacity == nil || klWeight > 0 else {
      throw ConfigurationError(
        "weighs the distance of the KL from the capacity, and 0 leaves it out; take a number above 0",
        at: ["kl_weight"])
    }
  }

  /// The bound of `model`; throws where the model cannot have the free bits or a penalty.
  func bound<Model: LatentModel>(
    of model: Model, _ penalties: [any Penalty]
  ) throws(CompositionError) -> ELBO<Model> {
    try model.requireDensities(for: "the evidence lower bound")
    return try ELBO(
      model, klWeight: weight,
      freeBits: freeBits > 0 ? FreeBits(freeBits, groupSize: freeBitsGroup) : nil,
      capacity: capacity.map { Capacity($0, steps: capacitySteps) }, innerSteps: innerSteps,
      penalties: penalties)
  }

  private var weight: KLWeight {
    guard warmUpSteps > 0 else { return .constant(klWeight) }
    return switch warmUp {
    case .linear: .linear(to: klWeight, steps: warmUpSteps)
    case .logistic: .logistic(to: klWeight, midpoint: warmUpSteps, steepness: warmUpSteepness)
    case .cyclical:
      .cyclical(
        to: klWeight, period: max(1, warmUpSteps / warmUpCycles), cycles: warmUpCycles,
        rising: warmUpRise)
    }
  }
}

// swift-format-ignore: AllPublicDeclarationsHaveDocumentation
/// What a reconstruction is made of.
public struct ReconstructionOptions: ComponentOptions, Hashable {
  @Setting("The weight of the KL term, where there is one.", .notNegative)
  public var klWeight = 0.0
  @Setting("What is added, parts of the role penalty by name.", role: "penalty")
  public var penalties = ComponentSet()

  public init() {}
}

extension Family {
  /// The evidence lower bound, and reconstruction without it.
  public static let elbo = Family { registry in
    registry.add(
      .objective, "elbo",
      "reconstruction + kl_weight x KL, with warm-ups, free bits, a capacity, penalties and inner encoder steps",
      ELBOOptions()
    ) { options, assembly, _ in
      func bound(of model: some LatentModel) throws -> any Objective {
        try options.bound(of: model, assembly.penalties(options.penalties))
      }
      let model = try assembly[.model]
      return try bound(of: model)
    }
    registry.add(
      .objective, "reconstruction",
      "reconstruction alone, by a density or by a distance among its penalties: autoencoders that are no variational ones",
      ReconstructionOptions()
    ) { options, assembly, _ in
      func cost(of model: some LatentModel) throws -> any Objective {
        try Reconstruction(
          model, klWeight: options.klWeight, penalties: assembly.penalties(options.penalties))
      }
      let model = try assembly[.model]
      return try cost(of: model)
    }
  }
}
