public import ComponentRegistry
public import Layers
internal import TensorCore
internal import VAECore

/// How the places of steps are told apart, as a configuration writes it.
public enum PositionKind: String, Codable, Sendable, Hashable, CaseIterable {
  /// Sines and cosines, of any length.
  case sinusoidal
  /// A learned vector a place, `maximum_length` of them.
  case learned

  func positions(_ maximumLength: Int) -> Positions {
    self == .sinusoidal ? .sinusoidal : .learned(limit: maximumLength)
  }
}

/// What the Transformer encoder is made of.
public struct TransformerEncoderOptions: ComponentOptions, Hashable {
  @Setting("The width of a step's vector.", .width)
  public var width = 256
  @Setting("Blocks, one after the other.", .from(1...64))
  public var layers = 2
  @Setting("Heads of each attention; a number that divides the width.", .width)
  public var heads = 4
  @Setting("The width of the layer inside each block.", .width)
  public var feedForward = 1024
  @Setting("How the places of steps are told apart.")
  public var positions = PositionKind.sinusoidal
  @Setting("Places that are learned; longer sequences are refused then.", .width)
  public var maximumLength = 512
  @Setting("The share of elements that training drops.", .share)
  public var dropout = 0.1
  @Setting("How first weights are drawn.")
  public var initializer = Initializer.pytorch

  public init() {}

  public func validate() throws(ConfigurationError) { try requireHeads(heads, dividing: width) }
}

/// What the Transformer decoder is made of.
public struct TransformerDecoderOptions: ComponentOptions, Hashable {
  /// How the code enters.
  public enum Code: String, Codable, Sendable, Hashable, CaseIterable {
    /// Added to what stands before the first step.
    case prefix
    /// As vectors, `code_slots` of them, at which each block looks.
    case crossAttention = "cross_attention"
  }

  @Setting("The width of a step's vector.", .width)
  public var width = 256
  @Setting("Blocks, one after the other.", .from(1...64))
  public var layers = 2
  @Setting("Heads of each attention; a number that divides the width.", .width)
  public var heads = 4
  @Setting("The width of the layer inside each block.", .width)
  public var feedForward = 1024
  @Setting("How the places of steps are told apart.")
  public var positions = PositionKind.sinusoidal
  @Setting("Places that are learned; longer sequences are refused then.", .width)
  public var maximumLength = 512
  @Setting("How the code enters: in front of the steps, or looked at by each block.")
  public var code = Code.prefix
  @Setting("Vectors that are made of the code for cross-attention.", .width)
  public var codeSlots = 4
  @Setting("The share of elements that training drops.", .share)
  public var dropout = 0.1
  @Setting("The share of steps that training hides from the decoder.", .share)
  public var wordDropout = 0.0
  @Setting("How first weights are drawn.")
  public var initializer = Initializer.pytorch

  public init() {}

  public func validate() throws(ConfigurationError) { try requireHeads(heads, dividing: width) }
}

private func requireHeads(_ heads: Int, dividing width: Int) throws(ConfigurationError) {
  guard width.isMultiple(of: heads) else {
    throw ConfigurationError(
      "takes a number that divides width \(width), found \(heads)", at: ["heads"])
  }
}

extension Family {
  /// Transformer encoders and decoders of sequences.
  public static let transformer = Family { registry in
    registry.add(
      .encoder(of: Sequences.self), "transformer",
      "Transformer blocks over the steps, gathered by a learned query",
      TransformerEncoderOptions()
    ) { options, assembly, key in
      TransformerEncoder(
        format: try assembly[.steps], width: options.width, blockCount: options.layers,
        headCount: options.heads, feedForward: options.feedForward,
        positions: options.positions.positions(options.maximumLength), dropout: options.dropout,
        initializer: options.initializer, using: &key)
    }
    registry.add(
      .sequenceDecoder, "transformer",
      "causal Transformer blocks from the code and the steps before to the next",
      TransformerDecoderOptions()
    ) { options, assembly, key in
      TransformerDecoder(
        format: try assembly[.steps], latentCount: try assembly[.codeShape].count,
        parameterShape: try assembly[.parameterShape], width: options.width,
        blockCount: options.layers, headCount: options.heads, feedForward: options.feedForward,
        positions: options.positions.positions(options.maximumLength),
        codeUse: options.code == .prefix ? .prefix : .crossAttention(slots: options.codeSlots),
        dropout: options.dropout, wordDropout: options.wordDropout,
        initializer: options.initializer, using: &key)
    }
    registry.add(
      Preset(
        "sentence-transformer", "two Transformer blocks of 256, 16 codes, logistic warm-up",
        source: "the training of sentence-gru, with Transformers in the place of GRUs",
        """
        data: {kind: text, lowercase: true}
        latent: 16
        encoder: transformer
        decoder: {name: transformer, word_dropout: 0.25}
        likelihood: categorical
        objective: {name: elbo, warm_up: logistic, warm_up_steps: 2500, warm_up_steepness: 0.0025}
        trainer: {batch_size: 32, epochs: 12}
        """))
  }
}
