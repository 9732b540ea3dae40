/// A known recipe by name: a configuration to start from.
///
/// Those of images take any size, grey or in colour.
public struct Preset: Sendable {
  /// Its name, such as "pytorch-mnist".
  public let name: String
  /// What it is and where it comes from, in one line.
  public let summary: String
  /// The recipe.
  public let configuration: RunConfiguration

  /// Every preset.
  public static var all: [Preset] {
    [
      pytorchMNIST, flaxMNIST, burgessMNIST, conv28, mlp2D, dense16, denoising, sentenceGRU,
      sentenceLSTM, sentenceTransformer, smilesGRU, dnaGRU, seriesGRU, audioFrames,
    ]
  }

  /// The preset to start from where nobody names one, by what the data looks like.
  public static func fitting(_ path: String) -> Preset {
    switch DataKind(guessedFrom: path) {
    case .images: pytorchMNIST
    case .text: sentenceGRU
    case .smiles: smilesGRU
    case .fasta: dnaGRU
    case .series: seriesGRU
    case .sound: audioFrames
    }
  }

  /// The preset of this name.
  ///
  /// - Throws: ``ConfigurationError`` that names the nearest.
  public static func named(_ name: String) throws(ConfigurationError) -> Preset {
    guard let preset = all.first(where: { $0.name == name }) else {
      throw .unknownName("preset", name, known: all.map(\.name))
    }
    return preset
  }

  init(
    _ name: String, _ summary: String, on kind: DataConfiguration.Kind = .images, latent: Int,
    encoder: ComponentConfiguration, decoder: ComponentConfiguration,
    _ change: (inout RunConfiguration) -> Void
  ) {
    self.name = name
    self.summary = summary
    var configuration = RunConfiguration(
      ModelConfiguration(latent: latent, encoder: encoder, decoder: decoder), on: kind)
    configuration.preset = name
    change(&configuration)
    self.configuration = configuration
  }
}

// MARK: - The recipes

extension Preset {
  /// The example of PyTorch: 784-400-20, Adam 1e-3, batches of 128, ten epochs, all training data.
  ///
  /// - Source: github.com/pytorch/examples, vae/main.py.
  static var pytorchMNIST: Preset {
    Preset(
      "pytorch-mnist", "MLP 784-400-20, Adam 1e-3, batch 128, 10 epochs (pytorch/examples vae)",
      latent: 20, encoder: .mlp([400]), decoder: .mlp([400])
    ) {
      $0.trainer.validationFraction = 0
    }
  }

  /// The example of Flax: 784-500-20, Adam 1e-3, batches of 128, thirty epochs, pixels binarized
  /// once.
  ///
  /// - Source: github.com/google/flax, examples/vae (configs/default.py and train.py).
  static var flaxMNIST: Preset {
    Preset(
      "flax-mnist", "MLP 784-500-20, Adam 1e-3, batch 128, binarized data (google/flax examples)",
      latent: 20, encoder: .mlp([500]), decoder: .mlp([500])
    ) {
      $0.data.images { $0.binarization = .sampledOnce }
      $0.trainer.epochs = 30
      $0.trainer.validationFraction = 0
    }
  }

  /// The architecture of Burgess and others at 32x32: three convolutions, two dense layers, ten
  /// codes, mirrored.
  ///
  /// - Source: Burgess et al., "Understanding disentangling in β-VAE", arXiv:1804.03599; sizes and
  ///   training as in github.com/YannDubs/disentangling-vae (hyperparam.ini), whose linear warm-up
  ///   over 10,000 steps it keeps.
  static var burgessMNIST: Preset {
    Preset(
      "burgess-mnist", "32x32, 3 convolutions, 10 codes, KL warm-up (Burgess et al. 2018)",
      latent: 10,
      encoder: ComponentConfiguration(
        "conv", options: ["stages": .stages(32, 32, 32), "hidden": [256, 256]]),
      decoder: ComponentConfiguration(
        "conv",
        options: [
          "hidden": [256, 256], "stages": .stages(32, 32), "base_channels": 32,
          "output": .stage(1),
        ])
    ) {
      $0.data.images { $0.size = ImageSize(height: 32, width: 32) }
      $0.objective = ComponentConfiguration("elbo", options: ["warm_up_steps": 10_000])
      $0.trainer.optimizer = .adam(learningRate: 5e-4)
      $0.trainer.batchSize = 64
      $0.trainer.epochs = 30
      $0.trainer.validationFraction = 0
    }
  }

  /// The small convolutional model of many tutorials: 32 and 64 channels, a dense layer of 128, two
  /// codes.
  static var conv28: Preset {
    Preset(
      "conv-28", "convolutions 32 and 64, dense 128, 2 codes (the classic tutorial)",
      latent: 2, encoder: ComponentConfiguration("conv"), decoder: ComponentConfiguration("conv")
    ) {
      $0.trainer.epochs = 20
    }
  }

  /// The fully connected model of many tutorials, narrowing to two codes, with a Gaussian
  /// likelihood.
  ///
  /// Its standard deviation is learned, so that no weight has to be tuned between the two terms
  /// (arXiv:2006.13202).
  static var mlp2D: Preset {
    Preset(
      "mlp-2d", "MLP 784-128-64-32-2 and back, Gaussian likelihood (the classic tutorial)",
      latent: 2, encoder: .mlp([128, 64, 32]), decoder: .mlp([256, 128, 64])
    ) {
      $0.model.likelihood = ComponentConfiguration(
        "gaussian", options: ["scale": "shared", "sigma": 0.3])
      $0.trainer.epochs = 20
    }
  }

  /// The fully connected model of many tutorials with room for detail: 16 codes, Bernoulli
  /// likelihood.
  static var dense16: Preset {
    Preset(
      "dense-16", "MLP 784-512-256-16 and back, Bernoulli likelihood (the classic tutorial)",
      latent: 16, encoder: .mlp([512, 256]), decoder: .mlp([256, 512])
    ) {
      $0.trainer.epochs = 20
    }
  }
}

extension Preset {
  /// A fully connected model that sees noisy images and tells the clean ones, for `vae restore`.
  ///
  /// - Source: the criterion of Im et al., arXiv:1511.06406; sizes as in `pytorch-mnist`, with noise
  ///   of standard deviation 0.3.
  static var denoising: Preset {
    Preset(
      "denoising", "MLP 784-400-32, codes of noisy images tell the clean ones (Im et al. 2017)",
      latent: 32, encoder: .mlp([400]), decoder: .mlp([400])
    ) {
      $0.objective = ComponentConfiguration("denoising")
      $0.trainer.epochs = 20
    }
  }
}

extension ComponentConfiguration {
  fileprivate static func mlp(_ hidden: [Int]) -> ComponentConfiguration {
    ComponentConfiguration("mlp", options: ["hidden": .list(hidden.map { .int($0) })])
  }
}

extension DataConfiguration {
  /// Changes how images are read.
  fileprivate mutating func images(_ change: (inout ImageReading) -> Void) {
    guard case .images(var options) = reading else { return }
    change(&options)
    reading = .images(options)
  }
}

extension ConfigurationValue {
  /// A 4x4 convolution of stride 2.
  fileprivate static func stage(_ channels: Int) -> ConfigurationValue {
    ["channels": .int(channels), "kernel": 4, "stride": 2]
  }

  fileprivate static func stages(_ channels: Int...) -> ConfigurationValue {
    .list(channels.map(stage))
  }
}
