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
  /// An objective that trains a model of images.
  public typealias ObjectiveMaker<Options> =
    @Sendable (Options, any DirectAutoencoder<Tensor>) throws -> any Objective<Batch<Tensor>>

  var encoders = Table<EncoderMaker<ConfigurationValue>>(kind: .encoder)
  var posteriors = Table<PosteriorMaker<ConfigurationValue>>(kind: .posterior)
  var priors = Table<PriorMaker<ConfigurationValue>>(kind: .prior)
  var decoders = Table<DecoderMaker<ConfigurationValue>>(kind: .decoder)
  var likelihoods = Table<LikelihoodMaker<ConfigurationValue>>(kind: .likelihood)
  var objectives = Table<ObjectiveMaker<ConfigurationValue>>(kind: .objective)

  /// A registry that knows nothing.
  public init() {}

  /// Every component in the order it was added, kind by kind.
  public var components: [ComponentDescription] {
    encoders.descriptions + posteriors.descriptions + priors.descriptions + decoders.descriptions
      + likelihoods.descriptions + objectives.descriptions
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

  /// Its role.
  public let kind: Kind
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

  /// Adds an objective, or replaces the one of this name; `options` holds the defaults of its
  /// configuration keys.
  public mutating func addObjective<Options: Codable & Sendable>(
    _ name: String, _ summary: String, options: Options, make: @escaping ObjectiveMaker<Options>
  ) {
    objectives.add(name, summary, options) {
      try make($0.decoded(over: options), $1)
    }
  }
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
  var entries: [Entry] = []

  init(kind: ComponentDescription.Kind) { self.kind = kind }

  var descriptions: [ComponentDescription] { entries.map(\.description) }

  mutating func add<Options: Codable & Sendable>(
    _ name: String, _ summary: String, _ defaults: Options, make: Maker
  ) {
    let entry = Entry(
      description: ComponentDescription(
        kind: kind, name: name, summary: summary,
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
