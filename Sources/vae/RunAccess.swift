import ArgumentParser
import VAEZoo

/// Why `vae train` leaves a run folder as it is.
enum Refusal {
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

  static func contradicted(
    _ folder: RunFolder, key: (path: String, stored: String, wanted: String)
  ) -> Failure {
    Failure(
      64,
      "--resume continues the run with \(folder.configuration), where \(key.path) is "
        + "\(key.stored), not \(key.wanted); leave the option out, or train into another folder")
  }
}

extension RunConfiguration {
  /// The first key whose value is not that of `other`; nil where all agree.
  func firstDifference(
    from other: RunConfiguration
  ) -> (path: String, stored: String, wanted: String)? {
    Self.difference(ConfigurationValue(encoding: self), ConfigurationValue(encoding: other), [])
  }

  private static func difference(
    _ wanted: ConfigurationValue, _ stored: ConfigurationValue, _ path: [String]
  ) -> (path: String, stored: String, wanted: String)? {
    guard wanted != stored else { return nil }
    for entry in wanted.entries {
      let inner = stored[entry.key] ?? .null
      if let found = difference(entry.value, inner, path + [entry.key]) { return found }
    }
    return (path.joined(separator: "."), stored.json, wanted.json)
  }
}

/// A trained run that a command reads.
struct RunArgument: ParsableArguments {
  @Argument(help: "The run folder.")
  var run: String

  func open() throws -> any Run { try openRun(RunFolder(run)) }

  /// The run, which has to be one over images.
  func openImages(for command: String) throws -> ImageRun {
    if let run = try open() as? ImageRun { return run }
    throw Failure(65, "\(run): '\(command)' shows images, but this run is over sequences")
  }

  /// The run with its tokenizer, which has to be one over text.
  func openText(for command: String) throws -> SequenceRun {
    if let run = try open() as? SequenceRun, run.tokenizer != nil { return run }
    throw Failure(65, "\(run): '\(command)' prints text, but this run is not over text")
  }
}

/// Where data comes from that a command shows a trained model.
struct DataSource: ParsableArguments {
  @Option(help: "Data to use instead of what the run was trained on.")
  var data: String?
  @Option(help: "Resizes images: 32, or 48x32 for 48 across and 32 down.")
  var size: String?
  @Flag(help: "Passes over unreadable image files.")
  var skipBad = false
  @Option(
    name: .customLong("set"),
    help: ArgumentHelp(
      "Changes how the data is read, such as data.column=text.", valueName: "data.key=value"))
  var changes: [String] = []

  /// The run's configuration with these arguments laid over it.
  func configuration(for run: some Run) throws -> RunConfiguration {
    var tree = ConfigurationValue.mapping([])
    for change in changes {
      guard change.hasPrefix("data.") else {
        throw Failure(64, "--set changes keys that begin with 'data.' here, not '\(change)'")
      }
      tree = tree.overlaid(with: try ConfigurationValue(assignment: change))
    }
    if let data { tree[["data", "path"]] = .string(data) }
    if let size { tree[["data", "size"]] = .string(size) }
    if skipBad { tree[["data", "skip_bad"]] = true }
    return try run.configuration.changed(by: tree)
  }
}

/// A part of the data that a command shows a trained model.
struct DataArguments: ParsableArguments {
  @OptionGroup var source: DataSource
  @Option(help: "The part of the data: test, validation or train.")
  var split: Split?

  enum Split: String, ExpressibleByArgument, CaseIterable {
    case test, validation, train
  }

  /// The part of the data that was asked for, in the form the model takes.
  func open<R: Run>(
    for run: R
  ) throws -> (data: RunData<R.Part>, name: String, dataset: R.Part) {
    let configuration = try source.configuration(for: run)
    let data = try run.open(configuration)
    guard let split else { return (data, data.held.name, data.held.dataset) }
    guard let dataset = data[split.rawValue] else {
      throw Failure(
        65,
        "\(configuration.data.path): the data has no \(split.rawValue) part; leave --split out")
    }
    return (data, split.rawValue, dataset)
  }
}
