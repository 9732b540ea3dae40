public import ComponentRegistry
internal import TensorCore
internal import VAECore

// The settings say what they are.
// swift-format-ignore: AllPublicDeclarationsHaveDocumentation
/// What the KL taken apart is made of.
public struct TotalCorrelationOptions: ComponentOptions, Hashable {
  @Setting(
    "What the total correlation costs over its share in the KL: the β - 1 of a beta-TC-VAE.",
    .notNegative)
  public var weight = 5.0
  @Setting("What I(x; z) costs over its share in the KL.", .notNegative)
  public var information = 0.0
  @Setting("What the divergence of each code costs over its share in the KL.", .notNegative)
  public var dimensions = 0.0
  @Setting("How the posteriors of a batch stand for those of the data.")
  public var sampling = TotalCorrelation.Sampling.stratified

  public init() {}
}

// swift-format-ignore: AllPublicDeclarationsHaveDocumentation
/// What a total correlation told by a judge is made of.
public struct DensityRatioOptions: ComponentOptions, Hashable {
  @Setting("What the total correlation costs: the γ of a FactorVAE.", .positive)
  public var weight = 6.0
  @Setting("The width of each hidden layer of the judge.", .widths)
  public var hidden = [1000, 1000, 1000, 1000, 1000]
  @Setting(
    "The learning rate of the judge, which trains by Adam with decays 0.5 and 0.9.", .positive)
  public var learningRate = 1e-4

  public init() {}
}

// swift-format-ignore: AllPublicDeclarationsHaveDocumentation
/// What a penalty on covariances is made of.
public struct CovarianceOptions: ComponentOptions, Hashable {
  @Setting("What varies: the posteriors' means (DIP-VAE-I) or the codes (DIP-VAE-II).")
  public var of = CovariancePenalty.Kind.means
  @Setting("What a variance costs that is not 1.", .notNegative)
  public var diagonal = 50.0
  @Setting("What a covariance costs that is not 0.", .notNegative)
  public var offDiagonal = 5.0

  public init() {}

  public func validate() throws(ConfigurationError) {
    guard diagonal > 0 || offDiagonal > 0 else {
      throw ConfigurationError(
        "and diagonal are both 0, so that nothing is penalized; give one a weight",
        at: ["off_diagonal"])
    }
  }
}

extension Family {
  /// Penalties that make codes independent of each other.
  public static let disentangling = Family { registry in
    registry.add(
      .penalty, "total-correlation",
      "the KL taken apart, of which the dependence of codes costs more: beta-TC-VAE",
      TotalCorrelationOptions()
    ) { options, assembly, _ in
      try assembly.requireExamples(2, for: "a total correlation")
      return TotalCorrelation(
        weight: options.weight, information: options.information, dimensions: options.dimensions,
        sampling: options.sampling)
    }
    registry.add(
      .penalty, "density-ratio", "the dependence of codes as a judge tells it: FactorVAE",
      DensityRatioOptions()
    ) { options, assembly, key in
      try assembly.requireExamples(2, for: "a judge of shuffled codes")
      return DensityRatio(
        weight: options.weight, latentCount: try assembly[.model].latentCount,
        hidden: options.hidden, learningRate: options.learningRate, using: &key)
    }
    registry.add(
      .penalty, "covariance",
      "how far the covariance of codes is from the identity: DIP-VAE I and II", CovarianceOptions()
    ) { options, assembly, _ in
      try assembly.requireExamples(2, for: "a covariance")
      return CovariancePenalty(
        of: options.of, diagonal: options.diagonal, offDiagonal: options.offDiagonal)
    }
    for preset in presets { registry.add(preset) }
  }

  /// One network for all, so that they can be compared: the one of Burgess et al., for images of any size.
  private static func preset(
    _ name: String, _ summary: String, source: String, _ objective: String
  ) -> Preset {
    Preset(
      name, summary, source: source,
      """
      latent: 10
      encoder:
        name: conv
        stages:
          - {channels: 32, kernel: 4, stride: 2}
          - {channels: 32, kernel: 4, stride: 2}
          - {channels: 32, kernel: 4, stride: 2}
        hidden: [256, 256]
      decoder:
        name: conv
        hidden: [256, 256]
        base_channels: 32
        stages:
          - {channels: 32, kernel: 4, stride: 2}
          - {channels: 32, kernel: 4, stride: 2}
        output: {channels: 1, kernel: 4, stride: 2}
      objective: \(objective)
      trainer:
        optimizer: {name: adam, learning_rate: 0.0005}
        batch_size: 64
        epochs: 30
      """)
  }

  private static let presets = [
    preset(
      "beta-vae", "convolutions, 10 codes, the KL four times as dear",
      source:
        "Higgins et al., ICLR 2017, equation 4; β as in github.com/YannDubs/disentangling-vae",
      "{name: elbo, kl_weight: 4}"),
    preset(
      "capacity-vae", "convolutions, 10 codes, the KL held at a capacity that rises to 25 nats",
      source:
        "Burgess et al., arXiv:1804.03599, equation 8; γ = 1,000 as there, whose capacity rises "
        + "over 100,000 steps, here over 20,000",
      "{name: elbo, kl_weight: 1000, capacity: 25, capacity_steps: 20000}"),
    preset(
      "beta-tc-vae", "convolutions, 10 codes, their total correlation six times as dear",
      source: "Chen et al., arXiv:1802.04942, equation 4, β = 6 with stratified sampling",
      "{name: elbo, penalties: {total-correlation: {weight: 5}}}"),
    preset(
      "factor-vae", "convolutions, 10 codes, their total correlation told by a judge",
      source: "Kim and Mnih, arXiv:1802.05983, algorithm 2; γ = 6 as in "
        + "github.com/YannDubs/disentangling-vae",
      "{name: elbo, penalties: {density-ratio: {weight: 6}}}"),
    preset(
      "dip-vae-1",
      "convolutions, 10 codes, the covariance of the posteriors' means near the identity",
      source:
        "Kumar et al., arXiv:1711.00848, equation 6; weights among those of Locatello et al., arXiv:1811.12359",
      "{name: elbo, penalties: {covariance: {of: means, diagonal: 50, off_diagonal: 5}}}"),
    preset(
      "dip-vae-2", "convolutions, 10 codes, their covariance near the identity",
      source:
        "Kumar et al., arXiv:1711.00848, equation 7; weights among those of Locatello et al., arXiv:1811.12359",
      "{name: elbo, penalties: {covariance: {of: codes, diagonal: 5, off_diagonal: 5}}}"),
  ]
}
