/// A part of a run's training: what is minimized, by which parts of the model, and how.
public struct Stage: Sendable, Equatable {
  /// Its name, which its folder has too; empty of the first one.
  public let name: String
  /// What is minimized.
  public let objective: ComponentConfiguration
  /// The only parts that train, by dotted names such as "prior"; empty where all do.
  public let trains: [String]
  /// How they are trained.
  public let trainer: TrainingOptions

  /// The keys of a stage.
  static let keys = ["objective", "trains", "trainer"]

  /// Reads a stage's keys over those of the first one.
  ///
  /// - Throws: ``ConfigurationError`` that names the dotted path of what is wrong.
  init(
    _ tree: ConfigurationValue, named name: String = "", over first: Stage? = nil,
    of observed: Observed, in registry: Registry
  ) throws(ConfigurationError) {
    let path = name.isEmpty ? [] : ["stages", name]
    self.name = name
    let objective = ConfigurationValue(encoding: first?.objective ?? "elbo")
    self.objective = try registry.resolved(
      (tree["objective"].map { objective.overlaid(with: $0) } ?? objective).decoded(
        over: ComponentConfiguration("elbo"), at: path + ["objective"]),
      role: "objective", of: observed, at: path + ["objective"])
    trains = try (tree["trains"] ?? .list([])).decoded(over: [], at: path + ["trains"])
    let trainer = try (tree["trainer"] ?? .mapping([])).decoded(
      over: first?.trainer ?? TrainingOptions(), at: path + ["trainer"])
    do {
      try trainer.validate()
    } catch {
      throw ConfigurationError("\(error)", at: path + ["trainer"])
    }
    guard trainer.epochs > 0 else {
      throw ConfigurationError(
        "takes a count from 1, since 0 epochs train nothing", at: path + ["trainer", "epochs"])
    }
    self.trainer = trainer
  }

  /// The stages that follow the first one, in the order of a configuration's `stages`.
  static func following(
    _ first: Stage, _ tree: ConfigurationValue, of observed: Observed, in registry: Registry
  ) throws(ConfigurationError) -> [Stage] {
    guard case .mapping(let entries) = tree else {
      throw ConfigurationError(
        .wrongType(expected: "stages by name, in their order", found: tree.kind), at: ["stages"])
    }
    var stages: [Stage] = []
    for entry in entries {
      let path = ["stages", entry.key]
      guard entry.key.wholeMatch(of: /[A-Za-z0-9_-]{1,64}/) != nil else {
        throw ConfigurationError(
          "a stage's name is a folder's; give it letters, digits, - and _", at: path)
      }
      guard case .mapping = entry.value else {
        throw ConfigurationError(
          .wrongType(expected: "a mapping", found: entry.value.kind), at: path)
      }
      if let wrong = entry.value.entries.first(where: { !keys.contains($0.key) }) {
        throw ConfigurationError(.unknownKey(known: keys), at: path + [wrong.key])
      }
      stages.append(
        try Stage(entry.value, named: entry.key, over: first, of: observed, in: registry))
    }
    return stages
  }

  /// Its keys, every option spelled out.
  var entries: [ConfigurationValue.Entry] {
    [.init("objective", ConfigurationValue(encoding: objective))]
      + (trains.isEmpty ? [] : [.init("trains", ConfigurationValue(encoding: trains))])
      + [.init("trainer", ConfigurationValue(encoding: trainer))]
  }
}
