internal import SystemFiles

/// Everything that decides a training run: its data, its model, its objective and its training.
///
/// Written as YAML it is a run folder's `config.yaml`, which rebuilds the model and repeats the
/// run. The keys of the model stand at the top, beside those of every run. A configuration is sound:
/// every name and option has been checked, without any data.
public struct RunConfiguration: Sendable, Equatable {
  /// The preset it started from, if any.
  public private(set) var preset: String?
  /// Where the data comes from.
  public var data: DataConfiguration
  /// What the observations are like, in the domain's ``Domain/Format``; filled in when the data is
  /// opened.
  public var observation: ConfigurationValue?
  /// The model, every option spelled out.
  public let model: ComponentConfiguration
  /// What is minimized, by which parts, and how.
  private(set) var first: Stage
  /// The stages that follow it, each of which goes on from the weights of the one before.
  public private(set) var stages: [Stage]
  /// What is measured at the end of each epoch, and how well.
  public let measure: MeasureOptions
  /// Epochs between two sets of pictures, of which the last epoch always has one; 0 draws none.
  public let picturesEvery: Int

  /// The keys of every run, whatever its model.
  private static let ownKeys = [
    "preset", "data", "observation", "model", "objective", "trains", "trainer", "stages", "measure",
    "pictures_every",
  ]

  /// What is minimized.
  public var objective: ComponentConfiguration { first.objective }
  /// The only parts that train, by dotted names; empty where all do.
  public var trains: [String] { first.trains }
  /// How they are trained.
  public var trainer: TrainingOptions { first.trainer }

  /// Reads a tree over the preset that it names under `preset`, or over the defaults.
  ///
  /// - Throws: ``ConfigurationError`` that names the dotted path of what is wrong.
  public init(
    _ tree: ConfigurationValue, registry: Registry = .standard
  ) throws(ConfigurationError) {
    let tree = tree.withDataSpelledOut
    var whole = tree
    if let name = tree["preset"]?.text {
      whole = try Self.overlay(
        ConfigurationValue(yaml: registry.preset(named: name).yaml), tree, registry)
    }
    try self.init(whole: whole, registry)
  }

  /// The recipe of a preset as it is.
  public init(
    preset name: String, registry: Registry = .standard
  ) throws(ConfigurationError) {
    try self.init(["preset": .string(name)], registry: registry)
  }

  /// Reads YAML over the preset that it names under `preset`, or over the defaults.
  public init(yaml: String, registry: Registry = .standard) throws(ConfigurationError) {
    try self.init(ConfigurationValue(yaml: yaml), registry: registry)
  }

  /// This configuration with `changes` laid over it.
  ///
  /// - Throws: ``ConfigurationError`` that names the dotted path of what is wrong.
  public func changed(
    by changes: ConfigurationValue, registry: Registry = .standard
  ) throws(ConfigurationError) -> RunConfiguration {
    try RunConfiguration(
      whole: Self.overlay(tree, changes.withDataSpelledOut, registry), registry)
  }

  /// Changes laid over a tree; where they name another model, keys that it does not have go with the old one.
  private static func overlay(
    _ tree: ConfigurationValue, _ changes: ConfigurationValue, _ registry: Registry
  ) -> ConfigurationValue {
    var tree = tree
    if let name = changes["model"]?.text, name != tree["model"]?.text ?? "vae" {
      let known = registry.components.filter { $0.role == "model" && $0.name == name }
        .flatMap { $0.settings.map(\.key) }
      for key in tree.entries.map(\.key) where !(known + ownKeys).contains(key) { tree[key] = nil }
    }
    return tree.overlaid(with: changes)
  }

  private init(whole tree: ConfigurationValue, _ registry: Registry) throws(ConfigurationError) {
    guard case .mapping = tree else {
      throw ConfigurationError(.wrongType(expected: "a mapping", found: tree.kind), at: [])
    }
    preset = tree["preset"]?.text
    data = try DataConfiguration(tree["data"] ?? .mapping([]), in: registry)
    observation = tree["observation"].flatMap { $0 == .null ? nil : $0 }
    let observed = try registry.domain(data.kind).observed
    model = try Self.model(tree, of: observed, registry)
    first = try Stage(tree, of: observed, in: registry)
    stages = try Stage.following(
      first, tree["stages"] ?? .mapping([]), of: observed, in: registry)
    measure = try (tree["measure"] ?? .mapping([])).options(at: ["measure"])
    picturesEvery = try (tree["pictures_every"] ?? 1).decoded(over: 1, at: ["pictures_every"])
    guard picturesEvery >= 0 else {
      throw ConfigurationError(
        "takes a count not below 0, found \(picturesEvery)", at: ["pictures_every"])
    }
  }

  /// The model's keys: those that are none of every run.
  private static func model(
    _ tree: ConfigurationValue, of observed: Observed, _ registry: Registry
  ) throws(ConfigurationError) -> ComponentConfiguration {
    let name = try (tree["model"] ?? "vae").decoded(over: "vae", at: ["model"])
    var options = tree
    for key in ownKeys { options[key] = nil }
    return try registry.resolved(
      ComponentConfiguration(name, options: options), role: "model", of: observed, at: [],
      named: ["model"], beside: ownKeys)
  }

  /// The whole as a tree, in the order of `config.yaml`.
  public var tree: ConfigurationValue {
    .mapping(
      [
        .init("preset", preset.map { .string($0) } ?? .null), .init("data", data.tree),
        .init("observation", observation ?? .null), .init("model", .string(model.name)),
      ] + model.options.entries + first.entries
        + (stages.isEmpty
          ? [] : [.init("stages", .mapping(stages.map { .init($0.name, .mapping($0.entries)) }))])
        + [
          .init("measure", ConfigurationValue(encoding: measure)),
          .init("pictures_every", .int(picturesEvery)),
        ])
  }

  /// The configuration of one of its stages alone.
  func during(_ stage: Stage) -> RunConfiguration {
    var own = self
    (own.first, own.stages) = (stage, [])
    return own
  }

  /// Where the keys of its first stage stand in the configuration of the run.
  func path(of key: String) -> [String] {
    first.name.isEmpty ? [key] : ["stages", first.name, key]
  }

  /// The configuration as YAML, every option spelled out.
  public var yaml: String { tree.yaml }
}

// The settings say what they are.
// swift-format-ignore: AllPublicDeclarationsHaveDocumentation
/// What is measured at the end of each epoch beside the loss.
public struct MeasureOptions: ComponentOptions, Hashable {
  @Setting("Held-out examples that are measured; 0 measures nothing.", .from(0...1_000_000))
  public var examples = 1000
  @Setting("Samples an example behind the importance-weighted likelihood.", .from(0...1_000_000))
  public var importanceSamples = 5

  /// The defaults: 1,000 examples, 5 samples each.
  public init() {}
}

// MARK: - In a run folder

extension RunConfiguration {
  /// Reads the configuration of a run folder, where everything is spelled out.
  ///
  /// - Throws: ``RunError`` where there is none or it is damaged.
  public init(in folder: RunFolder, registry: Registry = .standard) throws(RunError) {
    guard fileExists(folder.path) else {
      throw RunError(
        .missing, "\(folder.path): there is no such run folder; train a model into it first")
    }
    let yaml: String
    do {
      yaml = String(
        decoding: try readFile(
          folder.configuration,
          ifMissing: "\(folder.path) holds no run; train a model into it first"),
        as: UTF8.self)
    } catch {
      throw RunError(error.kind == .missing ? .missing : .damaged, error.description)
    }
    do {
      try self.init(whole: ConfigurationValue(yaml: yaml), registry)
    } catch {
      throw RunError(.damaged, "\(folder.configuration): \(error)")
    }
  }

  /// The start of a stream of random numbers of the run.
  public func key(_ stream: RandomStream) -> RandomKey {
    RandomKey(seed: trainer.seed, stream)
  }

  /// Writes the configuration into a run folder, in one piece.
  func write(to folder: RunFolder) throws(CheckpointError) {
    try replaceFile(folder.configuration, with: Array(yaml.utf8))
  }
}
