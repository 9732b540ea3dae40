/// Every component by name, so that a configuration can ask for it.
///
/// A value that an application holds: start from ``standard`` and add your own parts. Code that
/// composes models from types never needs it.
public struct Registry: Sendable {
  /// An encoder of images for observations of a shape.
  public typealias EncoderMaker<Options> =
    @Sendable (Options, _ observationShape: Shape, inout RandomKey) throws -> any Encoder<Tensor>
  /// A posterior that reads `featureCount` numbers.
  public typealias PosteriorMaker<Options> =
    @Sendable (Options, _ featureCount: Int, _ latentCount: Int, inout RandomKey) throws
    -> any Posterior
  /// A prior over codes.
  public typealias PriorMaker<Options> =
    @Sendable (Options, _ latentCount: Int, inout RandomKey) throws -> any Prior
  /// A decoder that gives the likelihood's parameters.
  public typealias DecoderMaker<Options> =
    @Sendable (Options, _ latentCount: Int, _ parameterShape: Shape, inout RandomKey) throws
    -> any Decoder
  /// A likelihood of images for observations of a shape.
  public typealias LikelihoodMaker<Options> =
    @Sendable (Options, _ observationShape: Shape, inout RandomKey) throws
    -> any Likelihood<Tensor>
  /// An encoder of sequences whose steps have a format.
  public typealias SequenceEncoderMaker<Options> =
    @Sendable (Options, SequenceFormat, inout RandomKey) throws -> any Encoder<Sequences>
  /// A decoder of sequences whose steps have a format; it gives the likelihood's parameters of each.
  public typealias SequenceDecoderMaker<Options> =
    @Sendable (
      Options, _ latentCount: Int, SequenceFormat, _ parameterShape: Shape, inout RandomKey
    ) throws -> any SequenceDecoder
  /// A likelihood of so many tokens.
  public typealias TokenLikelihoodMaker<Options> =
    @Sendable (Options, _ vocabularySize: Int, inout RandomKey) throws -> any TokenLikelihood

  var encoders = Table<EncoderMaker<ConfigurationValue>>(kind: .encoder, of: .images)
  var sequenceEncoders = Table<SequenceEncoderMaker<ConfigurationValue>>(
    kind: .encoder, of: .sequences)
  var posteriors = Table<PosteriorMaker<ConfigurationValue>>(kind: .posterior)
  var priors = Table<PriorMaker<ConfigurationValue>>(kind: .prior)
  var decoders = Table<DecoderMaker<ConfigurationValue>>(kind: .decoder, of: .images)
  var sequenceDecoders = Table<SequenceDecoderMaker<ConfigurationValue>>(
    kind: .decoder, of: .sequences)
  var likelihoods = Table<LikelihoodMaker<ConfigurationValue>>(kind: .likelihood, of: .numbers)
  var tokenLikelihoods = Table<TokenLikelihoodMaker<ConfigurationValue>>(
    kind: .likelihood, of: .tokens)
  var objectives = Table<@Sendable (ConfigurationValue) throws -> any ObjectiveOptions>(
    kind: .objective)

  /// A registry that knows nothing.
  public init() {}

  /// Every component in the order it was added, kind by kind.
  public var components: [ComponentDescription] {
    encoders.descriptions + sequenceEncoders.descriptions + posteriors.descriptions
      + priors.descriptions + decoders.descriptions + sequenceDecoders.descriptions
      + likelihoods.descriptions + tokenLikelihoods.descriptions + objectives.descriptions
  }
}

/// A component that configurations can name.
public struct ComponentDescription: Sendable, Hashable {
  /// The role it plays in a model.
  public enum Kind: String, Sendable, Hashable, CaseIterable {
    /// Observations to features.
    case encoder
    /// Features to a distribution over codes.
    case posterior
    /// The distribution codes have beforehand.
    case prior
    /// Codes to parameters.
    case decoder
    /// Parameters to a distribution over observations.
    case likelihood
    /// What is minimized.
    case objective
  }

  /// What a component is made for.
  public enum Subject: String, Sendable, Hashable, CaseIterable {
    /// Whatever is observed.
    case anything
    /// Images, and other rows of numbers of one length.
    case images
    /// Images, and frames of sequences.
    case numbers
    /// Sequences of tokens or of frames.
    case sequences
    /// Sequences of tokens.
    case tokens
  }

  /// Its role.
  public let kind: Kind
  /// What it is made for; components of different subjects may share a name.
  public let subject: Subject
  /// Its name, such as "mlp".
  public let name: String
  /// What it is, in one line.
  public let summary: String
  /// Its options with their defaults, a mapping.
  public let options: ConfigurationValue
}

// MARK: - Adding components

extension Registry {
  /// Adds an encoder, or replaces the one of this name; `options` holds the defaults of its
  /// configuration keys.
  public mutating func addEncoder<Options: Codable & Sendable>(
    _ name: String, _ summary: String, options: Options, make: @escaping EncoderMaker<Options>
  ) {
    encoders.add(name, summary, options) {
      try make($0.decoded(over: options), $1, &$2)
    }
  }

  /// Adds a posterior, or replaces the one of this name; `options` holds the defaults of its
  /// configuration keys.
  public mutating func addPosterior<Options: Codable & Sendable>(
    _ name: String, _ summary: String, options: Options, make: @escaping PosteriorMaker<Options>
  ) {
    posteriors.add(name, summary, options) {
      try make($0.decoded(over: options), $1, $2, &$3)
    }
  }

  /// Adds a prior, or replaces the one of this name; `options` holds the defaults of its
  /// configuration keys.
  public mutating func addPrior<Options: Codable & Sendable>(
    _ name: String, _ summary: String, options: Options, make: @escaping PriorMaker<Options>
  ) {
    priors.add(name, summary, options) {
      try make($0.decoded(over: options), $1, &$2)
    }
  }

  /// Adds a decoder, or replaces the one of this name; `options` holds the defaults of its
  /// configuration keys.
  public mutating func addDecoder<Options: Codable & Sendable>(
    _ name: String, _ summary: String, options: Options, make: @escaping DecoderMaker<Options>
  ) {
    decoders.add(name, summary, options) {
      try make($0.decoded(over: options), $1, $2, &$3)
    }
  }

  /// Adds a likelihood, or replaces the one of this name; `options` holds the defaults of its
  /// configuration keys.
  public mutating func addLikelihood<Options: Codable & Sendable>(
    _ name: String, _ summary: String, options: Options, make: @escaping LikelihoodMaker<Options>
  ) {
    likelihoods.add(name, summary, options) {
      try make($0.decoded(over: options), $1, &$2)
    }
  }

  /// Adds an encoder of sequences, or replaces the one of this name; `options` holds the defaults of
  /// its configuration keys.
  public mutating func addSequenceEncoder<Options: Codable & Sendable>(
    _ name: String, _ summary: String, options: Options,
    make: @escaping SequenceEncoderMaker<Options>
  ) {
    sequenceEncoders.add(name, summary, options) {
      try make($0.decoded(over: options), $1, &$2)
    }
  }

  /// Adds a decoder of sequences, or replaces the one of this name; `options` holds the defaults of
  /// its configuration keys.
  public mutating func addSequenceDecoder<Options: Codable & Sendable>(
    _ name: String, _ summary: String, options: Options,
    make: @escaping SequenceDecoderMaker<Options>
  ) {
    sequenceDecoders.add(name, summary, options) {
      try make($0.decoded(over: options), $1, $2, $3, &$4)
    }
  }

  /// Adds a likelihood of tokens, or replaces the one of this name; `options` holds the defaults of
  /// its configuration keys.
  public mutating func addTokenLikelihood<Options: Codable & Sendable>(
    _ name: String, _ summary: String, options: Options,
    make: @escaping TokenLikelihoodMaker<Options>
  ) {
    tokenLikelihoods.add(name, summary, options) {
      try make($0.decoded(over: options), $1, &$2)
    }
  }

  /// Adds an objective, or replaces the one of this name; its options make it, and `options` holds
  /// their defaults.
  public mutating func addObjective<Options: ObjectiveOptions>(
    _ name: String, _ summary: String, options: Options
  ) {
    objectives.add(name, summary, options) { try $0.decoded(over: options) }
  }
}

/// The options of an objective, which put it around a model of anything.
public protocol ObjectiveOptions: Codable, Sendable {
  /// The objective that trains `model`.
  ///
  /// - Throws: ``ConfigurationError`` for an option that makes no sense.
  func objective<Model: VariationalAutoencoder>(
    for model: Model
  ) throws -> any Objective<Batch<Model.Observation>>
}

/// The components of one kind.
struct Table<Maker: Sendable>: Sendable {
  struct Entry: Sendable {
    let description: ComponentDescription
    /// The options with defaults filled in; throws where they are wrong.
    let resolve:
      @Sendable (ConfigurationValue, _ path: [String]) throws(ConfigurationError) ->
        ConfigurationValue
    let make: Maker
  }

  let kind: ComponentDescription.Kind
  let subject: ComponentDescription.Subject
  var entries: [Entry] = []

  init(kind: ComponentDescription.Kind, of subject: ComponentDescription.Subject = .anything) {
    self.kind = kind
    self.subject = subject
  }

  var descriptions: [ComponentDescription] { entries.map(\.description) }

  mutating func add<Options: Codable & Sendable>(
    _ name: String, _ summary: String, _ defaults: Options, make: Maker
  ) {
    let entry = Entry(
      description: ComponentDescription(
        kind: kind, subject: subject, name: name, summary: summary,
        options: ConfigurationValue(encoding: defaults)),
      resolve: { value, path throws(ConfigurationError) in
        ConfigurationValue(encoding: try value.decoded(over: defaults, at: path))
      }, make: make)
    if let place = entries.firstIndex(where: { $0.description.name == name }) {
      entries[place] = entry
    } else {
      entries.append(entry)
    }
  }

  /// The entry a configuration names.
  func entry(for component: ComponentConfiguration) throws(ConfigurationError) -> Entry {
    guard let entry = entries.first(where: { $0.description.name == component.name }) else {
      throw .unknownName(
        kind.rawValue, component.name, known: descriptions.map(\.name),
        at: [kind.rawValue, "name"])
    }
    return entry
  }

  /// The component with every option spelled out.
  func resolved(
    _ component: ComponentConfiguration
  ) throws(ConfigurationError) -> ComponentConfiguration {
    let entry = try entry(for: component)
    return ComponentConfiguration(
      component.name, options: try entry.resolve(component.options, [kind.rawValue]))
  }
}
