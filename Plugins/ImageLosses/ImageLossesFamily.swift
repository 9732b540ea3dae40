public import ComponentRegistry
internal import TensorCore
internal import VAECore

// The settings say what they are.
// swift-format-ignore: AllPublicDeclarationsHaveDocumentation
/// What a distance of elements is made of.
public struct DistanceOptions: ComponentOptions, Hashable {
  @Setting("What it costs.", .positive)
  public var weight = 1.0

  public init() {}
}

// swift-format-ignore: AllPublicDeclarationsHaveDocumentation
/// What log cosh is made of.
public struct LogCoshOptions: ComponentOptions, Hashable {
  @Setting("What it costs.", .positive)
  public var weight = 1.0
  @Setting("α: differences well below 1/α count as squares, those above as they are.", .positive)
  public var alpha = 10.0

  public init() {}
}

// swift-format-ignore: AllPublicDeclarationsHaveDocumentation
/// What a structural similarity is made of.
public struct StructuralSimilarityOptions: ComponentOptions, Hashable {
  @Setting("What an image costs that is unlike in everything.", .positive)
  public var weight = 100.0
  @Setting(
    "Pixels along a side of the window, odd.",
    Rule("an odd count from 3 to 101") { (3...101).contains($0) && $0 % 2 == 1 })
  public var window = 11
  @Setting("The standard deviation of the window's weights, in pixels.", .positive)
  public var sigma = 1.5
  @Setting(
    "How much each scale counts, from the finest; of small images the first ones are used.",
    Rule("numbers above 0, at least one") { !$0.isEmpty && $0.allSatisfy { $0 > 0 && $0.isFinite } }
  )
  public var scales = StructuralSimilarity.fiveScales
  @Setting("What values run over: 1 for [0, 1].", .positive)
  public var valueRange = 1.0

  public init() {}
}

// swift-format-ignore: AllPublicDeclarationsHaveDocumentation
/// What a distance of features is made of.
public struct FeatureDistanceOptions: ComponentOptions, Hashable {
  @Setting("What the distance costs.", .positive)
  public var weight = 10.0
  @Setting(
    "Whose activations: a run folder, a classifier's folder, or a VGG's weights as a .safetensors file."
  )
  public var from = ""

  public init() {}

  public func validate() throws(ConfigurationError) {
    guard !from.isEmpty else {
      throw ConfigurationError(
        "names the network whose features are compared; give a run folder, a classifier's folder, or a VGG's "
          + "weights as a .safetensors file", at: ["from"])
    }
  }
}

extension Family {
  /// Distances of what a model makes from what was observed, which are no densities.
  public static let imageLosses = Family { registry in
    let elements: [(String, ElementDistance.Kind, String)] = [
      ("squared-error", .squaredError, "half the squared difference of each element"),
      ("absolute-error", .absoluteError, "the difference of each element"),
    ]
    for (name, kind, summary) in elements {
      registry.add(.penalty.of(Tensor.self), name, summary + ", a distance", DistanceOptions()) {
        options, _, _ in ElementDistance(kind, weight: options.weight)
      }
    }
    registry.add(
      .penalty.of(Tensor.self), "log-cosh",
      "squares of small differences and large ones as they are, a distance", LogCoshOptions()
    ) { options, _, _ in
      ElementDistance(.logCosh(alpha: options.alpha), weight: options.weight)
    }
    registry.add(
      .penalty.of(Tensor.self, "images"), "ms-ssim",
      "how unlike in structure, at several scales, a distance",
      StructuralSimilarityOptions()
    ) { options, _, _ in
      StructuralSimilarity(
        weight: options.weight, window: options.window, sigma: options.sigma,
        scales: options.scales, valueRange: options.valueRange)
    }
    registry.add(
      .penalty.of(Tensor.self), "features",
      "how unlike to a network that was trained for something else, a distance",
      FeatureDistanceOptions()
    ) { options, assembly, _ in
      let shape = try assembly[.observationShape]
      func open(_ network: some Encoder<Tensor>) throws -> any Penalty {
        try FeatureDistance(by: network, of: shape, weight: options.weight)
      }
      guard !options.from.hasSuffix(".safetensors") else {
        return try open(
          VGGFeatures(try assembly[.weights](options.from), observationShape: shape))
      }
      let network = try assembly[.trainedEncoder](options.from)
      return try open(network)
    }
    for preset in presets { registry.add(preset) }
  }

  private static func preset(
    _ name: String, _ summary: String, source: String, _ klWeight: String, _ penalties: String
  ) -> Preset {
    Preset(
      name, "convolutions, 16 codes, \(summary)", source: source,
      """
      latent: 16
      encoder: {name: conv, hidden: [256]}
      decoder: {name: conv, hidden: [256]}
      likelihood: {name: point, output: sigmoid}
      objective: {name: reconstruction, kl_weight: \(klWeight), penalties: {\(penalties)}}
      trainer: {epochs: 20}
      """)
  }

  private static let presets = [
    preset(
      "ms-ssim-vae", "images compared by their structure",
      source: "Snell et al., arXiv:1511.06409; exponents of Wang et al. 2003", "1",
      "ms-ssim: {weight: 100}"),
    preset(
      "log-cosh-vae", "elements compared by log cosh",
      source: "Chen et al., \"Log Hyperbolic Cosine Loss Improves Variational Auto-Encoder\", 2018",
      "1",
      "log-cosh: {weight: 1, alpha: 10}"),
  ]
}
