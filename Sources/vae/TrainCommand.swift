import ArgumentParser
import VAEZoo

/// `vae train`.
struct Train: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Train a model on images, text or signals into a run folder.",
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
  @Option(help: "Resizes images: 32, or 48x32 for 48 across and 32 down.")
  var size: String?
  @Flag(help: "Passes over unreadable image files, which are named and counted.")
  var skipBad = false
  @Flag(help: "Continues the run in the folder, exactly as if it had never stopped.")
  var resume = false
  @Flag(help: "Writes where a step's time goes, by primitive, once steps are steady.")
  var profile = false
  @Option(help: "Profiles so many steps; 50 without it.")
  var profileSteps: Int?
  @OptionGroup var compute: ComputeOptions
  @OptionGroup var output: OutputOptions

  func validate() throws {
    try profileSteps.map { try requireCount($0, "--profile-steps", limit: 1000) }
  }

  func run() throws {
    compute.apply()
    try TrainingSession(
      try resume ? resumed() : fresh(), folder: RunFolder(out), resume: resume,
      profile: profileSteps.map { ProfileRequest(steps: $0) } ?? (profile ? ProfileRequest() : nil),
      output: output
    ).run()
  }

  private func fresh() throws -> RunConfiguration {
    let folder = RunFolder(out)
    guard !folder.holdsConfiguration && !folder.holdsRun else {
      throw Refusal.occupied(folder)
    }
    guard preset == nil || config == nil else {
      throw Failure(
        64, "--preset and --config exclude each other; set 'preset' in the file instead")
    }
    var base = try (preset.map { try Preset.named($0) } ?? Preset.fitting(data ?? "digits"))
      .configuration
    if let config {
      do {
        base = try RunConfiguration(yaml: text(of: config))
      } catch let error as ConfigurationError {
        throw Failure(64, "\(config): \(error)")
      }
    }
    return try base.changed(by: overrides())
  }

  private func resumed() throws -> RunConfiguration {
    let folder = RunFolder(out)
    let stored = try RunConfiguration(in: folder)
    guard preset == nil || preset == stored.preset, config == nil else {
      throw Refusal.contradicted(folder, option: config == nil ? "--preset" : "--config")
    }
    let wanted = try stored.changed(by: overrides())
    var comparable = wanted
    comparable.trainer.epochs = stored.trainer.epochs
    if let difference = comparable.firstDifference(from: stored) {
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
    var tree = ConfigurationValue.mapping([])
    for change in changes {
      tree = tree.overlaid(with: try ConfigurationValue(assignment: change))
    }
    if let data { tree[["data", "path"]] = .string(data) }
    if let size { tree[["data", "size"]] = .string(size) }
    if skipBad { tree[["data", "skip_bad"]] = true }
    if let epochs { tree[["trainer", "epochs"]] = .int(epochs) }
    if let seed { tree[["trainer", "seed"]] = .int(seed) }
    return tree
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
