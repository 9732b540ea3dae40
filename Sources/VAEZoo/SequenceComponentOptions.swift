/// Options of the recurrent encoders.
public struct RecurrentEncoderOptions: Codable, Sendable, Hashable {
  /// The width of a token's vector; frames enter as they are.
  public var embedding = 300
  /// The width of one direction's state.
  public var hidden = 256
  /// Layers, each fed with the one below.
  public var layers = 1
  /// Whether a second run goes from the last step to the first.
  public var bidirectional = false
  /// What is made of the outputs of the steps.
  public var pooling = RecurrentEncoder.Pooling.last
  /// The share of elements that training drops between layers.
  public var dropout = 0.0
  /// The share of elements that training drops from what enters the first layer.
  public var embeddingDropout = 0.0

  /// The defaults: vectors of 300, one layer of 256, its last state.
  public init() {}

  func validate() throws(ConfigurationError) {
    try requirePositive([embedding], "embedding")
    try requirePositive([hidden], "hidden")
    try requireLayers(layers)
    try requireShare(dropout, "dropout")
    try requireShare(embeddingDropout, "embedding_dropout")
  }
}

/// Options of the recurrent decoders.
public struct RecurrentDecoderOptions: Codable, Sendable, Hashable {
  /// The width of a token's vector; frames enter as they are.
  public var embedding = 300
  /// The width of a layer's state.
  public var hidden = 256
  /// Layers, each fed with the one below.
  public var layers = 1
  /// Whether the code joins each step's input; it sets the first state anyway.
  public var codeJoinsInputs = false
  /// The share of elements that training drops between layers and before the output.
  public var dropout = 0.0
  /// The share of elements that training drops from what enters the first layer.
  public var embeddingDropout = 0.0
  /// The share of steps that training hides from the decoder.
  public var wordDropout = 0.0

  /// The defaults: vectors of 300, one layer of 256.
  public init() {}

  func validate() throws(ConfigurationError) {
    try requirePositive([embedding], "embedding")
    try requirePositive([hidden], "hidden")
    try requireLayers(layers)
    try requireShare(dropout, "dropout")
    try requireShare(embeddingDropout, "embedding_dropout")
    try requireShare(wordDropout, "word_dropout")
  }
}

/// Options of Transformer blocks, as encoders and decoders share them.
struct TransformerBlockOptions {
  var width, layers, heads, feedForward: Int
  var positions: TransformerEncoderOptions.Positions
  var maximumLength: Int
  var dropout: Double

  var places: Positions {
    positions == .sinusoidal ? .sinusoidal : .learned(limit: maximumLength)
  }

  func validate() throws(ConfigurationError) {
    try requirePositive([width], "width")
    try requirePositive([feedForward], "feed_forward")
    try requirePositive([maximumLength], "maximum_length")
    try requireLayers(layers)
    try requireShare(dropout, "dropout")
    guard heads > 0, width % heads == 0 else {
      throw ConfigurationError(
        "takes a number that divides width \(width), found \(heads)", at: ["heads"])
    }
  }
}

/// Options of the Transformer encoder.
public struct TransformerEncoderOptions: Codable, Sendable, Hashable {
  /// How the places of steps are told apart.
  public enum Positions: String, Codable, Sendable, Hashable, CaseIterable {
    /// Sines and cosines, of any length.
    case sinusoidal
    /// A learned vector a place, `maximum_length` of them.
    case learned
  }

  /// The width of a step's vector.
  public var width = 256
  /// Blocks, one after the other.
  public var layers = 2
  /// Heads of each attention; a number that divides the width.
  public var heads = 4
  /// The width of the layer inside each block.
  public var feedForward = 1024
  /// How the places of steps are told apart.
  public var positions = Positions.sinusoidal
  /// Places that are learned; longer sequences are refused then.
  public var maximumLength = 512
  /// The share of elements that training drops.
  public var dropout = 0.1

  /// The defaults: two blocks of 256 with four heads.
  public init() {}

  var blocks: TransformerBlockOptions {
    TransformerBlockOptions(
      width: width, layers: layers, heads: heads, feedForward: feedForward, positions: positions,
      maximumLength: maximumLength, dropout: dropout)
  }

  func validate() throws(ConfigurationError) { try blocks.validate() }
}

/// Options of the Transformer decoder.
public struct TransformerDecoderOptions: Codable, Sendable, Hashable {
  /// How the code enters.
  public enum Code: String, Codable, Sendable, Hashable, CaseIterable {
    /// Added to what stands before the first step.
    case prefix
    /// As vectors, `code_slots` of them, at which each block looks.
    case crossAttention = "cross_attention"
  }

  /// The width of a step's vector.
  public var width = 256
  /// Blocks, one after the other.
  public var layers = 2
  /// Heads of each attention; a number that divides the width.
  public var heads = 4
  /// The width of the layer inside each block.
  public var feedForward = 1024
  /// How the places of steps are told apart.
  public var positions = TransformerEncoderOptions.Positions.sinusoidal
  /// Places that are learned; longer sequences are refused then.
  public var maximumLength = 512
  /// How the code enters.
  public var code = Code.prefix
  /// Vectors that are made of the code for cross-attention.
  public var codeSlots = 4
  /// The share of elements that training drops.
  public var dropout = 0.1
  /// The share of steps that training hides from the decoder.
  public var wordDropout = 0.0

  /// The defaults: two blocks of 256 with four heads, the code in front.
  public init() {}

  var blocks: TransformerBlockOptions {
    TransformerBlockOptions(
      width: width, layers: layers, heads: heads, feedForward: feedForward, positions: positions,
      maximumLength: maximumLength, dropout: dropout)
  }

  func validate() throws(ConfigurationError) {
    try blocks.validate()
    try requirePositive([codeSlots], "code_slots")
    try requireShare(wordDropout, "word_dropout")
  }
}

private func requireLayers(_ count: Int) throws(ConfigurationError) {
  guard (1...64).contains(count) else {
    throw ConfigurationError("takes a count from 1 to 64, found \(count)", at: ["layers"])
  }
}

private func requireShare(_ share: Double, _ key: String) throws(ConfigurationError) {
  guard share >= 0, share < 1 else {
    throw ConfigurationError("takes a share from 0 to below 1, found \(share)", at: [key])
  }
}
