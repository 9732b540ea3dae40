/// The options of a component that has none.
public struct NoOptions: Codable, Sendable, Hashable {
  /// No options.
  public init() {}
}

/// Options of the fully connected encoder and decoder.
public struct MLPOptions: Codable, Sendable, Hashable {
  /// The width of each hidden layer, in the order data flows.
  public var hidden = [400]
  /// The function after each hidden layer.
  public var activation = Activation.relu

  /// The defaults: one layer of 400 and ReLU.
  public init() {}

  func validate() throws(ConfigurationError) {
    try requirePositive(hidden, "hidden")
  }
}

/// Options of the convolutional encoders.
public struct ConvEncoderOptions: Codable, Sendable, Hashable {
  /// The convolutions, in the order data flows: channels alone, or `{channels, kernel, stride}`.
  public var stages = [ConvStage(32), ConvStage(64)]
  /// The width of each dense layer after them.
  public var hidden = [128]
  /// The function after each layer.
  public var activation = Activation.relu
  /// Whether convolutions are normalized over the batch.
  public var batchNorm = false

  /// The defaults: convolutions of 32 and 64 channels, 3x3 with stride 2, and a dense layer of 128.
  public init() {}

  func validate() throws(ConfigurationError) {
    try requireSound(stages, "stages")
    if !hidden.isEmpty { try requirePositive(hidden, "hidden") }
  }
}

/// Options of the convolutional decoders.
public struct ConvDecoderOptions: Codable, Sendable, Hashable {
  /// The width of each dense layer before the images.
  public var hidden = [128]
  /// The transposed convolutions, in the order data flows.
  ///
  /// Each is its channels alone, or `{channels, kernel, stride}`.
  public var stages = [ConvStage(64), ConvStage(32)]
  /// The last layer, whose channels follow from the likelihood.
  public var output = ConvStage(1, stride: 1)
  /// Channels of the first, smallest images; as many as the first stage gives unless told
  /// otherwise.
  public var baseChannels: Int?
  /// The function after each layer.
  public var activation = Activation.relu
  /// Whether convolutions are normalized over the batch.
  public var batchNorm = false

  /// The defaults: a dense layer of 128, transposed convolutions of 64 and 32 channels, 3x3 with
  /// stride 2.
  public init() {}

  func validate() throws(ConfigurationError) {
    if !hidden.isEmpty { try requirePositive(hidden, "hidden") }
    try requireSound(stages, "stages")
    try requireSound([output], "output")
    if let baseChannels { try requirePositive([baseChannels], "base_channels") }
  }
}

/// Options of the Gaussian likelihood.
public struct GaussianOptions: Codable, Sendable, Hashable {
  /// Where the standard deviation comes from.
  public enum Scale: String, Codable, Sendable, Hashable, CaseIterable {
    /// The same number always.
    case fixed
    /// One number for all elements, learned with the model.
    case shared
    /// A number for each element, given by the decoder.
    case perElement = "per_element"
  }

  /// Where the standard deviation comes from.
  public var scale = Scale.fixed
  /// The fixed standard deviation, or the first value of the shared one.
  public var sigma = 1.0
  /// The smallest standard deviation that is learned.
  public var floor = 0.01

  /// The defaults: a fixed standard deviation of 1.
  public init() {}

  func validate() throws(ConfigurationError) {
    guard floor > 0, floor.isFinite else {
      throw ConfigurationError("takes a number above 0, found \(floor)", at: ["floor"])
    }
    let least = scale == .shared ? floor : 0
    guard sigma > least, sigma.isFinite else {
      throw ConfigurationError("takes a number above \(least), found \(sigma)", at: ["sigma"])
    }
  }
}

/// Options of the denoising bound.
public struct DenoisingOptions: ObjectiveOptions, Hashable {
  /// The damage done to what the encoder sees.
  public enum Kind: String, Codable, Sendable, Hashable, CaseIterable {
    /// Gaussian noise.
    case noise
    /// Pixels set to zero.
    case masking
    /// A Gaussian blur.
    case blur
  }

  /// The damage done to what the encoder sees.
  public var corruption = Kind.noise
  /// How much: the noise's standard deviation, the share of pixels, or the blur's in pixels.
  public var amount = 0.3
  /// The bound of the clean observations.
  public var elbo = ELBOOptions()

  /// The defaults: noise of standard deviation 0.3.
  public init() {}

  /// The denoising bound of `model`, which has to be one of images or other tensors.
  ///
  /// - Throws: ``ConfigurationError`` for an option that makes no sense, and for a model of sequences.
  public func objective<Model: VariationalAutoencoder>(
    for model: Model
  ) throws -> any Objective<Batch<Model.Observation>> {
    let corruption = try damage()
    func open<M: DirectAutoencoder<Tensor>>(_ model: M) throws -> any Objective<Batch<Tensor>> {
      DenoisingELBO(try elbo.bound(of: model), corruption: corruption)
    }
    guard let images = model as? any DirectAutoencoder<Tensor>,
      let objective = try open(images) as? any Objective<Batch<Model.Observation>>
    else {
      throw ConfigurationError(
        "'denoising' damages images; for sequences choose 'elbo' and a decoder's word_dropout",
        at: ["name"])
    }
    return objective
  }

  private func damage() throws(ConfigurationError) -> Corruption {
    let limit = corruption == .masking ? 1.0 : 1000
    guard amount > 0, amount < limit else {
      throw ConfigurationError(
        "takes a number above 0 and below \(limit) for \(corruption.rawValue), found \(amount)",
        at: ["amount"])
    }
    return switch corruption {
    case .noise: .noise(deviation: amount)
    case .masking: .masking(rate: amount)
    case .blur: .blur(deviation: amount)
    }
  }
}

/// A width above this is taken for a slip: a layer of that size fits no machine.
let largestWidth = 1 << 20

func requirePositive(_ sizes: [Int], _ key: String) throws(ConfigurationError) {
  guard !sizes.isEmpty, sizes.allSatisfy({ (1...largestWidth).contains($0) }) else {
    throw ConfigurationError(
      "takes widths from 1 to \(largestWidth), at least one, found \(sizes)", at: [key])
  }
}

private func requireSound(_ stages: [ConvStage], _ key: String) throws(ConfigurationError) {
  for stage in stages {
    guard (1...largestWidth).contains(stage.channels), (1...64).contains(stage.kernel),
      (1...64).contains(stage.stride)
    else {
      throw ConfigurationError(
        "takes channels from 1 to \(largestWidth), kernels and strides from 1 to 64, found "
          + "\(stage.channels), \(stage.kernel) and \(stage.stride)", at: [key])
    }
  }
}
