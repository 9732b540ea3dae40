/// Options of the evidence lower bound.
public struct ELBOOptions: ObjectiveOptions, Hashable {
  /// How the weight of the KL term rises.
  public enum WarmUp: String, Codable, Sendable, Hashable, CaseIterable {
    /// In a straight line.
    case linear
    /// Along a logistic curve.
    case logistic
    /// Again and again, in cycles.
    case cyclical
  }

  /// The weight of the KL term once warmed up; 1 gives the evidence lower bound, more a β-VAE.
  public var klWeight = 1.0
  /// How the weight rises.
  public var warmUp = WarmUp.linear
  /// Steps over which it rises in a line, after which a logistic curve is half way up, or that all
  /// cycles take together; 0 for no warm-up.
  public var warmUpSteps = 0
  /// The steepness of the logistic curve, a step.
  public var warmUpSteepness = 0.0025
  /// How often a cyclical warm-up rises.
  public var warmUpCycles = 4
  /// The share of a cycle in which it rises.
  public var warmUpRise = 0.5
  /// KL that a group of codes has for nothing, in nats; 0 charges all.
  public var freeBits = 0.0
  /// Neighbouring codes that make a group for the free bits.
  public var freeBitsGroup = 1
  /// The most steps that the encoder takes ahead of each step of the rest, while mutual information
  /// rises; 0 trains all together.
  public var innerSteps = 0

  /// The defaults: weight 1 throughout, all trained together.
  public init() {}

  /// The evidence lower bound of `model`.
  ///
  /// - Throws: ``ConfigurationError`` for an option that makes no sense, `CompositionError` where
  ///   the model cannot have the free bits.
  public func objective<Model: VariationalAutoencoder>(
    for model: Model
  ) throws -> any Objective<Batch<Model.Observation>> {
    try bound(of: model)
  }

  /// The bound with these options.
  func bound<Model: VariationalAutoencoder>(of model: Model) throws -> ELBO<Model> {
    try validate()
    guard freeBits > 0 else { return ELBO(model, klWeight: weight, innerSteps: innerSteps) }
    return try ELBO(
      model, klWeight: weight, freeBits: FreeBits(freeBits, groupSize: freeBitsGroup),
      innerSteps: innerSteps)
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

  private func validate() throws(ConfigurationError) {
    func check<N>(
      _ isFine: Bool, _ rule: String, _ found: N, _ key: String
    ) throws(ConfigurationError) {
      if !isFine { throw ConfigurationError("takes \(rule), found \(found)", at: [key]) }
    }
    let steps = 0...1_000_000_000
    try check(klWeight >= 0 && klWeight.isFinite, "a number not below 0", klWeight, "kl_weight")
    try check(
      steps.contains(warmUpSteps), "a count from 0 to a billion", warmUpSteps, "warm_up_steps")
    // Less steep, the weight would hardly rise in a billion steps.
    try check(
      warmUpSteepness >= 1e-8 && warmUpSteepness.isFinite, "a number above 0", warmUpSteepness,
      "warm_up_steepness")
    try check(
      (1...1_000_000).contains(warmUpCycles), "a count of 1 or more", warmUpCycles,
      "warm_up_cycles")
    try check(
      warmUpRise > 0 && warmUpRise <= 1, "a share above 0, up to 1", warmUpRise, "warm_up_rise")
    try check(freeBits >= 0 && freeBits.isFinite, "a number not below 0", freeBits, "free_bits")
    try check(freeBitsGroup >= 1, "a count of 1 or more", freeBitsGroup, "free_bits_group")
    try check(steps.contains(innerSteps), "a count not below 0", innerSteps, "inner_steps")
  }
}
