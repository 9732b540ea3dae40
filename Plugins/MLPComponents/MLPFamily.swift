public import ComponentRegistry
public import Layers
public import TensorCore
internal import VAECore

/// What fully connected encoders and decoders are made of.
public struct MLPOptions: ComponentOptions, Hashable {
  @Setting("The width of each hidden layer, in the order data flows.", .widths)
  public var hidden = [400]
  @Setting("The function after each hidden layer.")
  public var activation = Activation.relu
  @Setting("How first weights are drawn.")
  public var initializer = Initializer.pytorch

  public init() {}
}

extension Family {
  /// Fully connected encoders and decoders, plain and residual.
  public static let mlp = Family { registry in
    let styles: [(String, MLPStyle, String)] = [
      ("mlp", .plain, "fully connected layers"),
      ("residual-mlp", .residual, "residual blocks of fully connected layers"),
    ]
    for (name, style, what) in styles {
      registry.add(
        .encoder(of: Tensor.self), name, "\(what) over the flattened observation", MLPOptions()
      ) { options, assembly, key in
        MLPEncoder(
          observationShape: try assembly[.observationShape], hidden: options.hidden,
          activation: options.activation, style: style, initializer: options.initializer,
          using: &key)
      }
      registry.add(.decoder, name, "\(what) from the code to the observation", MLPOptions()) {
        options, assembly, key in
        MLPDecoder(
          latentCount: try assembly[.codeShape].count, hidden: options.hidden,
          parameterShape: try assembly[.parameterShape], activation: options.activation,
          style: style, initializer: options.initializer, using: &key)
      }
      registry.add(
        .encoder(of: Sequences.self, "signals"), name, "\(what) over all frames at once",
        MLPOptions()
      ) { options, assembly, key in
        WindowMLPEncoder(
          frameCount: try assembly[.observationShape].count, length: try assembly[.longest],
          hidden: options.hidden, activation: options.activation, style: style,
          initializer: options.initializer, using: &key)
      }
      registry.add(
        .sequenceDecoder.of(Sequences.self, "signals"), name,
        "\(what) from the code to all frames at once", MLPOptions()
      ) { options, assembly, key in
        WindowMLPDecoder(
          latentCount: try assembly[.codeShape].count, length: try assembly[.longest],
          hidden: options.hidden, parameterShape: try assembly[.parameterShape],
          activation: options.activation, style: style,
          initializer: options.initializer, using: &key)
      }
    }
    registry.add(
      Preset(
        "series-mlp", "series of numbers as wholes: MLP 128, 8 codes, Gaussian likelihood",
        source: "the likelihood of Rybkin et al., arXiv:2006.13202; sizes of this package",
        """
        data: {kind: signals}
        latent: 8
        encoder: {name: mlp, hidden: [128]}
        decoder: {name: mlp, hidden: [128]}
        likelihood: gaussian
        trainer: {batch_size: 64, epochs: 50}
        """))
    registry.add(
      Preset(
        "table-mlp", "rows of numbers, standardized: MLP 128-64, 4 codes, Gaussian likelihood",
        source: "the likelihood of Rybkin et al., arXiv:2006.13202; sizes of this package",
        """
        data: {scaling: standardize}
        latent: 4
        encoder: {name: mlp, hidden: [128, 64]}
        decoder: {name: mlp, hidden: [64, 128]}
        likelihood: gaussian
        trainer: {batch_size: 64, epochs: 100}
        """))
    registry.add(
      Preset(
        "pytorch-mnist", "MLP 784-400-20, Adam 1e-3, batch 128, 10 epochs",
        source: "github.com/pytorch/examples, vae/main.py",
        """
        latent: 20
        encoder: {name: mlp, hidden: [400]}
        decoder: {name: mlp, hidden: [400]}
        trainer: {epochs: 10, batch_size: 128, validation_fraction: 0}
        """))
    registry.add(
      Preset(
        "flax-mnist", "MLP 784-500-20, Adam 1e-3, batch 128, pixels binarized once",
        source: "github.com/google/flax, examples/vae (configs/default.py, models.py and train.py)",
        """
        data: {binarization: sampled-once}
        latent: 20
        encoder: {name: mlp, hidden: [500], initializer: lecun_normal}
        posterior: {name: diagonal-gaussian, initializer: lecun_normal}
        decoder: {name: mlp, hidden: [500], initializer: lecun_normal}
        trainer: {epochs: 30, validation_fraction: 0}
        """))
    registry.add(
      Preset(
        "dense-16", "MLP 784-512-256-16 and back, room for detail",
        source: "the fully connected model of many tutorials",
        """
        latent: 16
        encoder: {name: mlp, hidden: [512, 256], initializer: he_uniform}
        posterior: {name: diagonal-gaussian, initializer: he_uniform}
        decoder: {name: mlp, hidden: [256, 512], initializer: he_uniform}
        trainer: {epochs: 20}
        """))
  }
}
