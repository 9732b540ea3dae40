public import ComponentRegistry
public import Layers
public import TensorCore
internal import VAECore

/// What convolutional encoders are made of.
public struct ConvEncoderOptions: ComponentOptions, Hashable {
  @Setting(
    "The convolutions, in the order data flows: channels alone, or {channels, kernel, stride}; null for "
      + "as many as halve the image to 7 pixels or fewer, of 32, 64, 128, 256 channels.", .sound)
  public var stages: [ConvStage]? = nil
  @Setting("The width of each dense layer after them.", .anyWidths)
  public var hidden = [128]
  @Setting("Whether what the last convolution gives is a grid of features, without dense layers.")
  public var grid = false
  @Setting("The function after each layer.")
  public var activation = Activation.relu
  @Setting("Whether convolutions are normalized over the batch.")
  public var batchNorm = false
  @Setting("How first weights are drawn.")
  public var initializer = Initializer.lecunNormal

  public init() {}
}

/// What convolutional decoders are made of.
public struct ConvDecoderOptions: ComponentOptions, Hashable {
  @Setting("The width of each dense layer before the images.", .anyWidths)
  public var hidden = [128]
  @Setting(
    "The transposed convolutions, in the order data flows; written as an encoder's; null for those that "
      + "undo an encoder's.", .sound)
  public var stages: [ConvStage]? = nil
  @Setting("The last layer, whose channels follow from the likelihood.", .sound)
  public var output = ConvStage(1, stride: 1)
  @Setting("Channels of the first, smallest images; null for those of the first stage.", .width)
  public var baseChannels: Int? = nil
  @Setting("The function after each layer.")
  public var activation = Activation.relu
  @Setting("Whether convolutions are normalized over the batch.")
  public var batchNorm = false
  @Setting("How first weights are drawn.")
  public var initializer = Initializer.lecunNormal

  public init() {}
}

extension ConvStage {
  fileprivate var fitsAMachine: Bool {
    (1...(1 << 20)).contains(channels) && (1...64).contains(kernel) && (1...64).contains(stride)
  }
}

extension Rule where Value == ConvStage {
  fileprivate static var sound: Rule {
    Rule("channels from 1 to \(1 << 20), kernel and stride from 1 to 64") { $0.fitsAMachine }
  }
}

extension Rule where Value == [ConvStage]? {
  fileprivate static var sound: Rule {
    Rule("channels from 1 to \(1 << 20), kernels and strides from 1 to 64") {
      $0?.allSatisfy(\.fitsAMachine) ?? true
    }
  }
}

extension Family {
  /// Convolutional encoders and decoders, plain and residual.
  public static let conv = Family { registry in
    let styles: [(String, ConvStyle, String)] = [
      ("conv", .plain, "convolutions"),
      ("residual-conv", .residual, "residual blocks of convolutions"),
    ]
    for (name, style, what) in styles {
      registry.add(
        .encoder(of: Tensor.self, "images"), name,
        "\(what), then fully connected layers; any image size", ConvEncoderOptions()
      ) { options, assembly, key in
        let shape = try assembly[.observationShape]
        return try ConvEncoder(
          observationShape: shape, stages: options.stages ?? ConvStage.halving(shape),
          hidden: options.hidden, isGrid: options.grid, activation: options.activation,
          batchNorm: options.batchNorm, style: style, initializer: options.initializer, using: &key)
      }
      registry.add(
        .decoder.of(Tensor.self, "images"), name,
        "fully connected layers, then \(what) back to the exact image size", ConvDecoderOptions()
      ) { options, assembly, key in
        let shape = try assembly[.parameterShape]
        return try ConvDecoder(
          codeShape: assembly[.codeShape], hidden: options.hidden,
          stages: options.stages ?? ConvStage.halving(shape).reversed(),
          parameterShape: shape, output: options.output,
          baseChannels: options.baseChannels, activation: options.activation,
          batchNorm: options.batchNorm, style: style, initializer: options.initializer, using: &key)
      }
    }
    registry.add(
      Preset(
        "burgess-mnist", "32x32, 3 convolutions, 10 codes, KL warm-up over 10,000 steps",
        source: "Burgess et al., arXiv:1804.03599; sizes, training and first weights as in "
          + "github.com/YannDubs/disentangling-vae (hyperparam.ini, disvae/utils/initialization.py)",
        """
        data: {size: 32x32}
        latent: 10
        encoder:
          name: conv
          stages:
            - {channels: 32, kernel: 4, stride: 2}
            - {channels: 32, kernel: 4, stride: 2}
            - {channels: 32, kernel: 4, stride: 2}
          hidden: [256, 256]
          initializer: kaiming_uniform
        posterior: {name: diagonal-gaussian, initializer: kaiming_uniform}
        decoder:
          name: conv
          hidden: [256, 256]
          initializer: kaiming_uniform
          base_channels: 32
          stages:
            - {channels: 32, kernel: 4, stride: 2}
            - {channels: 32, kernel: 4, stride: 2}
          output: {channels: 1, kernel: 4, stride: 2}
        objective: {name: elbo, warm_up_steps: 10000}
        trainer:
          optimizer: {name: adam, learning_rate: 0.0005}
          batch_size: 64
          epochs: 30
          validation_fraction: 0
        """))
    registry.add(
      Preset(
        "image-conv", "images of any size and colour: convolutions, 64 codes, Gaussian likelihood",
        source: "the likelihood of Rybkin et al., arXiv:2006.13202; sizes of this package",
        """
        latent: 64
        encoder: {name: conv, hidden: [256]}
        decoder: {name: conv, hidden: [256]}
        likelihood: gaussian
        trainer: {batch_size: 64, epochs: 20}
        """))
    registry.add(
      Preset(
        "conv-28", "convolutions 32 and 64, dense 128, 2 codes",
        source: "the small convolutional model of many tutorials; training of this package",
        """
        latent: 2
        encoder: conv
        posterior: {name: diagonal-gaussian, initializer: lecun_normal}
        decoder: conv
        trainer:
          optimizer: {name: adam, learning_rate: 0.002}
          schedule: cosine
          epochs: 20
        """))
  }
}
