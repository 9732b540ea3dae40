import ArgumentParser
import VAEZoo

/// `vae train`.
struct Train: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Train a model into a run folder.",
    discussion: """
      The folder gets config.yaml, metrics.jsonl, model.safetensors, checkpoint.safetensors, \
      curves.png and a picture, or a text, an epoch in samples/ and reconstructions/. Ctrl-C finishes the step, \
      saves the state and says how to go on. --profile adds profile.txt, where a step's time goes, \
      and profile.json, the same as a trace for https://ui.perfetto.dev or chrome://tracing.
      """)

  @Option(help: "A folder or file, or a built-in set (see 'vae datasets').")
  var data: String?
  @Option(help: "The recipe to start from (see 'vae presets'); one that fits the data without it.")
  var preset: String?
  @Option(help: "A YAML file to start from instead, such as a run's config.yaml.")
  var config: String?
  @Option(
    name: .customLong("set"),
    help: ArgumentHelp(
      "Changes one configuration key, such as latent=20 or encoder.hidden=[400,200].",
      valueName: "key=value"))
  var changes: [String] = []
  @Option(help: "The run folder.")
  var out: String
  @Option(help: "Passes over the data.")
  var epochs: Int?
  @Option(help: "What every random number of the run comes from.")
  var seed: Int?
  @OptionGroup var reading: ReadingOptions
  @Flag(help: "Continues the run in the folder, exactly as if it had never stopped.")
  var resume = false
  @Flag(help: "With --resume: goes on although the data or the best weights were changed since.")
  var acceptChanges = false
  @Flag(help: "Writes where a step's time goes, by primitive, once steps are steady.")
  var profile = false
  @Option(help: "Profiles so many steps; 50 without it.")
  var profileSteps: Int?
  @OptionGroup var compute: ComputeOptions
  @OptionGroup var output: OutputOptions

  func validate() throws {
    guard resume || !acceptChanges else {
      throw ValidationError("--accept-changes means nothing without --resume")
    }
    try profileSteps.map { try requireCount($0, "--profile-steps", limit: 1000) }
  }

  func run() throws {
    compute.apply()
    let (configuration, recipe) = try resume ? (resumed(), nil) : fresh()
    try TrainingSession(
      configuration, by: recipe, folder: RunFolder(out), resume: resume,
      acceptsChanges: acceptChanges,
      profile: profileSteps.map { ProfileRequest(steps: $0) } ?? (profile ? ProfileRequest() : nil),
      output: output
    ).run()
  }

  /// What is trained, and the recipe that fits the data where nobody names one.
  private func fresh() throws -> (RunConfiguration, Recipe?) {
    let (folder, registry) = (RunFolder(out), VAECommand.registry)
    guard !folder.holdsConfiguration && !folder.holdsRun else {
      throw Refusal.occupied(folder)
    }
    guard preset == nil || config == nil else {
      throw Failure(
        64, "--preset and --config exclude each other; set 'preset' in the file instead")
    }
    guard let config else {
      let changes = try overrides()
      let path = changes[["data", "path"]]?.text ?? "digits"
      guard let preset = preset ?? changes["preset"]?.text else {
        let recipe = try registry.recipe(fitting: path, changes: changes)
        let tree = (recipe?.tree ?? .mapping([])).overlaid(with: changes)
        return (try RunConfiguration(tree, registry: registry), recipe)
      }
      let tree = (["preset": .string(preset)] as ConfigurationValue).overlaid(with: changes)
      return (try RunConfiguration(tree, registry: registry), nil)
    }
    let base: RunConfiguration
    do {
      base = try RunConfiguration(yaml: text(of: config), registry: registry)
    } catch let error as ConfigurationError {
      throw Failure(64, "\(config): \(error)")
    }
    return (try base.changed(by: overrides(), registry: registry), nil)
  }

  private func resumed() throws -> RunConfiguration {
    let (folder, registry) = (RunFolder(out), VAECommand.registry)
    let stored = try RunConfiguration(in: folder, registry: registry)
    guard preset == nil || preset == stored.preset, config == nil else {
      throw Refusal.contradicted(folder, option: config == nil ? "--preset" : "--config")
    }
    let wanted = try stored.changed(by: overrides(), registry: registry)
    // What came before is what the last stage goes on from.
    let last = stored.stages.last { folder.stage($0.name).holdsRun }
    let epochs = (last.map { ["stages", $0.name] } ?? []) + ["trainer", "epochs"]
    // Data may have moved; whether it is the same, its numbers tell.
    if let difference = wanted.firstDifference(from: stored, but: [epochs, ["data", "path"]]) {
      throw Refusal.contradicted(folder, key: difference)
    }
    return wanted
  }

  private func text(of path: String) throws -> String {
    String(
      decoding: try readFile(path, ifMissing: "check the path of the configuration"), as: UTF8.self)
  }

  /// What the options change, as a tree.
  private func overrides() throws -> ConfigurationValue {
    var tree = try ConfigurationValue(assignments: changes)
    guard tree["observation"] == nil else {
      throw ConfigurationError(
        "is what the data turns out to be, and cannot be set; change how data is read, such as "
          + "data.size", at: ["observation"])
    }
    if let data { tree[["data", "path"]] = .string(data) }
    reading.write(to: &tree)
    if let epochs { tree[["trainer", "epochs"]] = .int(epochs) }
    if let seed { tree[["trainer", "seed"]] = .int(seed) }
    return tree
  }
}

/// Why a run folder is left as it is.
private enum Refusal {
  static func occupied(_ folder: RunFolder) -> Failure {
    Failure(
      73,
      "\(folder.path) already holds a run, which is left as it is; add --resume to continue it, "
        + "or give another --out")
  }

  static func contradicted(_ folder: RunFolder, option: String) -> Failure {
    Failure(
      64, "--resume continues the run with \(folder.configuration); leave \(option) out")
  }

  static func contradicted(_ folder: RunFolder, key: Difference) -> Failure {
    Failure(
      64,
      "--resume continues the run with \(folder.configuration), where \(key.path) is "
        + "\(key.stored), not \(key.wanted); leave the option out, or train into another folder")
  }
}

/// A key whose value is not what it was.
private typealias Difference = (path: String, stored: String, wanted: String)

extension RunConfiguration {
  /// The first key whose value is not that of `other`, some keys aside; nil where all agree.
  fileprivate func firstDifference(
    from other: RunConfiguration, but free: [[String]]
  ) -> Difference? {
    var wanted = tree
    for key in free { wanted[key] = other.tree[key] }
    return Self.difference(wanted, other.tree, [])
  }

  private static func difference(
    _ wanted: ConfigurationValue, _ stored: ConfigurationValue, _ path: [String]
  ) -> Difference? {
    guard wanted != stored else { return nil }
    for entry in wanted.entries {
      let inner = stored[entry.key] ?? .null
      if let found = difference(entry.value, inner, path + [entry.key]) { return found }
    }
    return (path.joined(separator: "."), stored.json, wanted.json)
  }
}

/// What a command says, and how.
struct OutputOptions: ParsableArguments {
  @Flag(help: "Prints one JSON object on standard output, and nothing else there.")
  var json = false
  @Flag(help: "Shows no progress.")
  var quiet = false
}

/// What a command computes with.
struct ComputeOptions: ParsableArguments {
  @Option(help: "Threads to compute with; a core each without it. On a busy machine 1 is fastest.")
  var threads: Int?

  func validate() throws {
    try threads.map { try requireCount($0, "--threads", limit: 1024) }
  }

  func apply() {
    if let threads { Threads.use(threads) }
  }
}
