public import ComponentRegistry
public import TensorCore
internal import VAECore

// The settings say what they are.
// swift-format-ignore: AllPublicDeclarationsHaveDocumentation
/// What a discrepancy of codes and prior is made of.
public struct DiscrepancyOptions: ComponentOptions, Hashable {
  @Setting("What the discrepancy costs.", .notNegative)
  public var weight = 10.0
  @Setting("The kernel of two codes.")
  public var kernel = MaximumMeanDiscrepancy.Kernel.inverseMultiquadratic
  @Setting("σ of the kernel, whose C is 2 latent σ².", .positive)
  public var bandwidth = 1.0
  @Setting(
    "Factors of C, over which the kernel is summed, such as [0.1, 0.2, 0.5, 1, 2, 5, 10].",
    Rule("numbers above 0, at least one") { !$0.isEmpty && $0.allSatisfy { $0 > 0 && $0.isFinite } }
  )
  public var scales = [1.0]

  public init() {}
}

// swift-format-ignore: AllPublicDeclarationsHaveDocumentation
/// What a distance of codes and prior along directions is made of.
public struct SlicedWassersteinOptions: ComponentOptions, Hashable {
  @Setting("What the distance costs.", .notNegative)
  public var weight = 10.0
  @Setting("Directions of a pass.", .from(1...100_000))
  public var directions = 50

  public init() {}
}

// swift-format-ignore: AllPublicDeclarationsHaveDocumentation
/// What a judge of codes is made of.
public struct CodeAdversaryOptions: ComponentOptions, Hashable {
  @Setting("What a code costs that the judge can tell.", .positive)
  public var weight = 10.0
  @Setting("The width of each hidden layer of the judge.", .widths)
  public var hidden = [512, 512]
  @Setting("The function after each hidden layer.")
  public var activation = Activation.relu
  @Setting("The learning rate of the judge, which trains by Adam.", .positive)
  public var learningRate = 5e-4
  @Setting("The decay of its gradients' running mean.", .share)
  public var beta1 = 0.5

  public init() {}
}

extension Family {
  /// Penalties that hold all codes together to the prior.
  public static let aggregate = Family { registry in
    registry.add(
      .penalty, "mmd",
      "the discrepancy of codes and prior by a kernel: InfoVAE, WAE-MMD", DiscrepancyOptions()
    ) { options, assembly, _ in
      try assembly.requireExamples(2, for: "a discrepancy")
      return MaximumMeanDiscrepancy(
        weight: options.weight, kernel: options.kernel, bandwidth: options.bandwidth,
        scales: options.scales)
    }
    registry.add(
      .penalty, "sliced-wasserstein",
      "the distance of codes and prior along random directions: SWAE", SlicedWassersteinOptions()
    ) { options, assembly, _ in
      try assembly.requireExamples(2, for: "a distance of codes and prior")
      return SlicedWasserstein(weight: options.weight, directionCount: options.directions)
    }
    registry.add(
      .penalty, "code-adversary",
      "a judge that tells codes from the prior's: AAE, WAE-GAN", CodeAdversaryOptions()
    ) { options, assembly, key in
      CodeAdversary(
        weight: options.weight, latentCount: try assembly[.model].latentCount,
        hidden: options.hidden, learningRate: options.learningRate, beta1: options.beta1,
        activation: options.activation, using: &key)
    }
    for preset in presets { registry.add(preset) }
  }

  /// Codes are points, told apart by what holds them to the prior.
  private static func preset(
    _ name: String, _ summary: String, source: String, _ penalties: String
  ) -> Preset {
    Preset(
      name, "convolutions, 16 codes that are points, \(summary)", source: source,
      """
      latent: 16
      encoder: {name: conv, hidden: [256]}
      posterior: point
      decoder: {name: conv, hidden: [256]}
      likelihood: {name: point, output: sigmoid}
      objective: {name: reconstruction, penalties: {squared-error: {weight: 2}, \(penalties)}}
      trainer: {epochs: 20}
      """)
  }

  private static let presets = [
    Preset(
      "info-vae", "convolutions, 16 codes, the KL left out for a discrepancy of all codes",
      source: "Zhao et al., arXiv:1706.02262, equation 6 with α = 1 and λ = 1000",
      """
      latent: 16
      encoder: {name: conv, hidden: [256]}
      decoder: {name: conv, hidden: [256]}
      objective: {name: elbo, kl_weight: 0, penalties: {mmd: {kernel: rbf, weight: 1000}}}
      trainer: {epochs: 20}
      """),
    preset(
      "wae-mmd", "their discrepancy from the prior",
      source:
        "Tolstikhin et al., arXiv:1711.01558, algorithm 2, λ = 10 and the kernel's scales as in its section 4",
      "mmd: {weight: 10, scales: [0.1, 0.2, 0.5, 1, 2, 5, 10]}"),
    preset(
      "swae", "their distance from the prior along 50 directions",
      source: "Kolouri et al., arXiv:1804.01947, algorithm 1, λ = 10",
      "sliced-wasserstein: {weight: 10, directions: 50}"),
    preset(
      "aae", "a judge that tells them from the prior's",
      source:
        "Makhzani et al., arXiv:1511.05644; as the WAE-GAN of Tolstikhin et al., arXiv:1711.01558, algorithm 1, λ = 10",
      "code-adversary: {weight: 10}"),
  ]
}
