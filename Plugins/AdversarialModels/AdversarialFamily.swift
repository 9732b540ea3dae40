public import ComponentRegistry
internal import Layers
internal import TensorCore
internal import VAECore

// The settings say what they are.
// swift-format-ignore: AllPublicDeclarationsHaveDocumentation
/// What a judge of whole observations is made of.
public struct WholeJudgeOptions: ComponentOptions, Hashable {
  @Setting(
    "Observations to features, on which a logit stands; its last layer is what a VAE-GAN compares.",
    role: "encoder")
  public var encoder = ComponentConfiguration(
    "mlp", options: ["hidden": [128, 128], "activation": "leaky_relu(0.2)"])

  public init() {}
}

// swift-format-ignore: AllPublicDeclarationsHaveDocumentation
/// What a judge of patches is made of.
public struct PatchJudgeOptions: ComponentOptions, Hashable {
  @Setting("Channels of the first convolution.", .width)
  public var channels = 64
  @Setting("Convolutions that halve the image; null for as many as fit, up to three.", .from(1...8))
  public var layers: Int? = nil

  public init() {}
}

// swift-format-ignore: AllPublicDeclarationsHaveDocumentation
/// How a judge trains.
public struct JudgeTraining: ComponentOptions, Hashable {
  @Setting(
    "The learning rate of the judge's Adam; null trains it by the run's optimizer.", .positive)
  public var learningRate: Double? = nil
  @Setting("The decay of its gradients' running mean.", .share)
  public var beta1 = 0.5

  public init() {}

  var optimizer: OptimizerOptions? {
    learningRate.map { .adam(learningRate: $0, beta1: beta1) }
  }
}

// swift-format-ignore: AllPublicDeclarationsHaveDocumentation
/// What a game of a generator and a judge is made of.
public struct GANOptions: ComponentOptions, Hashable {
  /// What is played for.
  public enum Game: String, Codable, Sendable, Hashable, CaseIterable {
    /// Odds.
    case nonSaturating = "non_saturating"
    /// A distance.
    case wasserstein
  }

  @Setting("What is played for.")
  public var game = Game.nonSaturating
  @Setting("What a critic's slope costs that is not 1, in a Wasserstein game.", .notNegative)
  public var gradientPenalty = 10.0
  @Setting("The judge.", role: "judge")
  public var judge: ComponentConfiguration = "whole"
  @Setting("Steps of the judge for each of the generator.", .from(1...1000))
  public var judgeSteps = 1
  @Setting("How the judge trains.")
  public var judgeTraining = JudgeTraining()

  public init() {}
}

// swift-format-ignore: AllPublicDeclarationsHaveDocumentation
/// What a VAE-GAN is trained by.
public struct VAEGANOptions: ComponentOptions, Hashable {
  @Setting("What the distance of features costs the decoder beside the game.", .positive)
  public var featureWeight = 0.1
  @Setting("The judge, whose features are compared.", role: "judge")
  public var judge: ComponentConfiguration = "whole"
  @Setting("How the judge trains.")
  public var judgeTraining = JudgeTraining()

  public init() {}
}

// swift-format-ignore: AllPublicDeclarationsHaveDocumentation
/// What a judge of an autoencoder's images is made of.
public struct ImageAdversaryOptions: ComponentOptions, Hashable {
  @Setting("What being told costs.", .positive)
  public var weight = 0.5
  @Setting("Whether the weight follows the slopes of cost and game at the decoder's last layer.")
  public var adaptive = true
  @Setting("The step of the run at which the game begins.", .atLeast(0))
  public var fromStep = 0
  @Setting("The judge.", role: "judge")
  public var judge: ComponentConfiguration = "patches"
  @Setting("How the judge trains.")
  public var judgeTraining = JudgeTraining()

  public init() {}
}

// swift-format-ignore: AllPublicDeclarationsHaveDocumentation
/// The keys of a generator, which stand at the top of a configuration.
public struct GeneratorOptions: ComponentOptions, Hashable {
  @Setting("Numbers of a code.", .width)
  public var latent = 100
  @Setting("The distribution codes have.", role: "prior")
  public var prior: ComponentConfiguration = "standard-normal"
  @Setting("Codes to numbers.", role: "decoder")
  public var decoder: ComponentConfiguration = "mlp"
  @Setting("What the numbers stand for.", role: "likelihood")
  public var likelihood: ComponentConfiguration = "point"

  public init() {}

  fileprivate func model(in assembly: Assembly) throws -> any LatentModel<Tensor> {
    let shape = try assembly[.observationShape]
    assembly.offer(.codeShape) { _ in [latent] }
    let prior = try assembly.make(prior, .prior)
    let likelihood = try assembly.make(likelihood, .likelihood(of: Tensor.self))
    assembly.offer(.parameterShape) { _ in likelihood.parameterShape(forObservation: shape) }
    let decoder = try assembly.make(decoder, .decoder)
    func compose(
      _ decoder: some Decoder, _ likelihood: some Likelihood<Tensor>
    ) throws -> any LatentModel<Tensor> {
      func open(_ prior: some Prior<Variable>) throws -> any LatentModel<Tensor> {
        try Generator(
          prior: prior, decoder: decoder, likelihood: likelihood, observationShape: shape)
      }
      guard let prior = prior as? any Prior<Variable> else {
        throw CompositionError(
          incompatible:
            "a decoder reads numbers, and the prior '\(self.prior.name)' has other codes")
      }
      return try open(prior)
    }
    return try compose(decoder, likelihood)
  }
}

extension Role where Part == any Judge {
  /// What tells what was observed from what was made.
  public static var judge: Role { Role("judge", of: Observed(Tensor.self)) }
}

extension Family {
  /// Models that play against a judge.
  public static let adversarial = Family { registry in
    registry.add(.judge, "whole", "an encoder and a logit of its features", WholeJudgeOptions()) {
      options, assembly, key in
      func judge(_ encoder: some Encoder<Tensor>, _ key: inout RandomKey) -> any Judge {
        WholeJudge(encoder, using: &key)
      }
      let encoder = try assembly.make(options.encoder, .encoder(of: Tensor.self))
      return judge(encoder, &key)
    }
    registry.add(
      .judge, "patches", "convolutions whose every output judges a patch", PatchJudgeOptions()
    ) { options, assembly, key in
      try PatchJudge(
        observationShape: assembly[.observationShape], channels: options.channels,
        layerCount: options.layers, using: &key)
    }
    registry.add(
      .model(of: Tensor.self), "generator", "prior, decoder and what its numbers stand for",
      GeneratorOptions()
    ) { options, outer, key in try options.model(in: outer.inside(key)) }
    registry.add(
      .objective.of(Tensor.self), "gan",
      "a generator against a judge: GAN, and with a wasserstein game WGAN-GP", GANOptions()
    ) { options, assembly, _ in
      let model = try assembly.tensorModel(for: "a game of images")
      func open(
        _ model: some LatentModel<Tensor>, _ judge: some Judge
      ) throws -> any Objective {
        try GAN(
          model, against: judge,
          game: options.game == .wasserstein
            ? .wasserstein(penalty: options.gradientPenalty) : .nonSaturating,
          judgeSteps: options.judgeSteps, judgeOptimizer: options.judgeTraining.optimizer)
      }
      let judge = try assembly.make(options.judge, .judge)
      return try open(model, judge)
    }
    registry.add(
      .objective.of(Tensor.self), "vae-gan",
      "a variational autoencoder compared by a judge's features, whose decoder plays against the judge",
      VAEGANOptions()
    ) { options, assembly, _ in
      let model = try assembly.tensorModel(for: "a game of images")
      func open(
        _ model: some LatentModel<Tensor>, _ judge: some Judge
      ) throws -> any Objective {
        try VAEGAN(
          model, against: judge, featureWeight: options.featureWeight,
          judgeOptimizer: options.judgeTraining.optimizer)
      }
      let judge = try assembly.make(options.judge, .judge)
      return try open(model, judge)
    }
    registry.add(
      .penalty.of(Tensor.self), "image-adversary",
      "a judge of what an autoencoder makes, its weight adaptive: the KL autoencoder of latent diffusion",
      ImageAdversaryOptions()
    ) { options, assembly, _ in
      func open(_ judge: some Judge) -> any Penalty {
        ImageAdversary(
          judge, weight: options.weight, isAdaptive: options.adaptive, fromStep: options.fromStep,
          optimizer: options.judgeTraining.optimizer)
      }
      let judge = try assembly.make(options.judge, .judge)
      return open(judge)
    }
    for preset in presets { registry.add(preset) }
  }

  private static let presets = [
    Preset(
      "gan-mlp", "a generator 100-128-784 with tanh against a judge 784-128-128-1",
      source: "Goodfellow et al., arXiv:1406.2661, algorithm 1; the layers of many tutorials",
      """
      model: generator
      latent: 100
      decoder: {name: mlp, hidden: [128], activation: leaky_relu(0.2)}
      likelihood: {name: point, output: tanh}
      objective:
        name: gan
        judge: {name: whole, encoder: {name: mlp, hidden: [128, 128], activation: leaky_relu(0.2)}}
      trainer:
        optimizer: {name: adam, learning_rate: 0.0002, beta1: 0.5}
        epochs: 50
      """),
    Preset(
      "wgan-gp-mlp", "a generator 100-512-784 against a critic 784-512-512-1 of bounded slope",
      source:
        "Gulrajani et al., arXiv:1704.00028, algorithm 1 with λ = 10 and 5 steps of the critic; sizes of this package",
      """
      model: generator
      latent: 100
      decoder: {name: mlp, hidden: [512]}
      likelihood: {name: point, output: sigmoid}
      objective:
        name: gan
        game: wasserstein
        judge_steps: 5
        judge: {name: whole, encoder: {name: mlp, hidden: [512, 512], activation: leaky_relu(0.2)}}
      trainer:
        optimizer: {name: adam, learning_rate: 0.0001, beta1: 0, beta2: 0.9}
        epochs: 50
      """),
    Preset(
      "vae-gan-mlp",
      "MLP 784-128-64-32 and 32-128-784 with tanh, compared by a judge 784-128-128-1",
      source: "Larsen et al., arXiv:1512.09300, algorithm 1; the layers of many tutorials",
      """
      latent: 32
      encoder: {name: mlp, hidden: [128, 64], activation: leaky_relu(0.2)}
      decoder: {name: mlp, hidden: [128], activation: leaky_relu(0.2)}
      likelihood: {name: point, output: tanh}
      objective:
        name: vae-gan
        judge: {name: whole, encoder: {name: mlp, hidden: [128, 128], activation: leaky_relu(0.2)}}
      trainer:
        optimizer: {name: adam, learning_rate: 0.0003}
        batch_size: 64
        epochs: 50
      """),
    Preset(
      "kl-autoencoder",
      "a grid of codes, a quarter of the image along each side, by absolute errors and a judge of patches",
      source:
        "the KL-regularized autoencoder of Rombach et al., arXiv:2112.10752, appendix G, without its feature loss, "
        + "which objective.penalties.features adds; sizes of this package",
      """
      latent: 4
      encoder: {name: residual-conv, stages: [32, 64], grid: true, activation: silu}
      posterior: grid-gaussian
      decoder: {name: residual-conv, stages: [64, 32], activation: silu}
      likelihood: {name: point, output: identity}
      objective:
        name: reconstruction
        kl_weight: 1e-6
        penalties:
          absolute-error: {weight: 1}
          image-adversary:
            weight: 0.5
            from_step: 2000
            judge: {name: patches, channels: 32}
      trainer:
        optimizer: {name: adam, learning_rate: 0.0005, beta1: 0.5, beta2: 0.9}
        batch_size: 64
        epochs: 30
      """),
  ]
}

extension Assembly {
  /// The model, whose observations have to be tensors.
  fileprivate func tensorModel(for asker: String) throws -> any LatentModel<Tensor> {
    guard let model = try self[.model] as? any LatentModel<Tensor> else {
      throw CompositionError(
        incompatible: "\(asker) needs a model of images, and this one has others")
    }
    return model
  }
}
