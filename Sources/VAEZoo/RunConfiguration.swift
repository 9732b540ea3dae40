/// Everything that decides a training run: its data, its model, its objective and its training.
///
/// Written as YAML it is a run folder's `config.yaml`, which rebuilds the model and repeats the
/// run.
public struct RunConfiguration: Sendable, Equatable {
  /// The preset it started from, if any.
  public var preset: String?
  /// Where the data comes from.
  public var data: DataConfiguration
  /// What the observations are like; filled in when the data is opened.
  public var observation: ObservationFormat?
  /// The parts of the model.
  public var model: ModelConfiguration
  /// What is minimized.
  public var objective = ComponentConfiguration("elbo")
  /// How it is trained.
  public var trainer = TrainingOptions()
  /// What is measured at the end of each epoch, and how well.
  public var measure = MeasureOptions()
  /// Epochs between two sets of pictures, of which the last epoch always has one; 0 draws none.
  public var picturesEvery = 1

  /// A run that trains `model` on the built-in set of a kind, with the defaults.
  public init(_ model: ModelConfiguration, on kind: DataConfiguration.Kind = .images) {
    self.model = model
    data = DataConfiguration(kind)
  }

  /// Reads YAML over the preset that it names under `preset`, or over the first preset.
  ///
  /// - Throws: ``ConfigurationError`` that names the dotted path of what is wrong.
  public init(
    yaml: String, registry: Registry = .standard
  ) throws(ConfigurationError) {
    let tree = try ConfigurationValue(yaml: yaml)
    self = try RunConfiguration.base(of: tree).changed(by: tree, registry: registry)
  }

  /// What a configuration file is laid over: the preset it names, or the first of all.
  private static func base(
    of tree: ConfigurationValue
  ) throws(ConfigurationError) -> RunConfiguration {
    if case .string(let name) = tree["preset"] { return try Preset.named(name).configuration }
    var base = Preset.pytorchMNIST.configuration
    base.preset = nil
    return base
  }

  /// This configuration with `changes` laid over it, every option spelled out.
  ///
  /// - Throws: ``ConfigurationError`` that names the dotted path of what is wrong.
  public func changed(
    by changes: ConfigurationValue, registry: Registry = .standard
  ) throws(ConfigurationError) -> RunConfiguration {
    guard case .mapping = changes else {
      throw ConfigurationError(.wrongType(expected: "a mapping", found: changes.kind), at: [])
    }
    return try registry.resolved(changes.decoded(over: self))
  }

  /// The configuration as YAML, every option spelled out.
  public var yaml: String { ConfigurationValue(encoding: self).yaml }
}

extension RunConfiguration: Codable {
  private enum CodingKeys: CodingKey {
    case preset, data, observation, objective, trainer, measure, picturesEvery
  }

  /// Reads a mapping; the parts of the model stand beside the rest.
  public init(from decoder: any Swift.Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    preset = try container.decodeIfPresent(String.self, forKey: .preset)
    data = try container.decode(DataConfiguration.self, forKey: .data)
    observation = try container.decodeIfPresent(ObservationFormat.self, forKey: .observation)
    model = try ModelConfiguration(from: decoder)
    objective = try container.decode(ComponentConfiguration.self, forKey: .objective)
    trainer = try container.decode(TrainingOptions.self, forKey: .trainer)
    measure = try container.decode(MeasureOptions.self, forKey: .measure)
    picturesEvery = try container.decode(Int.self, forKey: .picturesEvery)
  }

  /// Writes a mapping; the parts of the model stand beside the rest.
  public func encode(to encoder: any Swift.Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encodeIfPresent(preset, forKey: .preset)
    try container.encode(data, forKey: .data)
    try container.encodeIfPresent(observation, forKey: .observation)
    try model.encode(to: encoder)
    try container.encode(objective, forKey: .objective)
    try container.encode(trainer, forKey: .trainer)
    try container.encode(measure, forKey: .measure)
    try container.encode(picturesEvery, forKey: .picturesEvery)
  }
}

extension Registry {
  /// The configuration with every option of every component spelled out; throws where one is wrong.
  public func resolved(
    _ run: RunConfiguration
  ) throws(ConfigurationError) -> RunConfiguration {
    guard run.picturesEvery >= 0 else {
      throw ConfigurationError(
        "takes a count not below 0, found \(run.picturesEvery)", at: ["pictures_every"])
    }
    try run.measure.validate()
    var result = run
    result.model = try resolved(run.model, of: run.data.kind)
    result.objective = try objectives.resolved(run.objective)
    return result
  }
}

extension ConfigurationValue {
  /// Reads `key=value`, with a dotted key and a YAML value, such as `encoder.hidden=[400]`.
  public init(assignment: String) throws(ConfigurationError) {
    guard let equals = assignment.firstIndex(of: "="), equals > assignment.startIndex else {
      throw ConfigurationError(
        "write key=value, such as encoder.hidden=[400], instead of '\(assignment)'", at: [])
    }
    let path = assignment[..<equals].split(separator: ".", omittingEmptySubsequences: false)
      .map(String.init)
    guard !path.contains("") else {
      throw ConfigurationError("'\(assignment[..<equals])' is no dotted key", at: [])
    }
    let text = assignment[assignment.index(after: equals)...]
    var value = try ConfigurationValue(yaml: "value: \(text)")["value"] ?? .null
    if value == .null, !["", "null", "~"].contains(text) { value = .string(String(text)) }
    var tree = ConfigurationValue.mapping([])
    tree[path] = value
    self = tree
  }
}
