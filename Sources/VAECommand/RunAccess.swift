import ArgumentParser
import VAEZoo

/// A trained run that a command reads.
struct RunArgument: ParsableArguments {
  @Argument(help: "The run folder.")
  var run: String
}

/// A command about a trained run, whatever is observed.
protocol RunCommand: ParsableCommand {
  var source: RunArgument { get }
  /// Whether it looks at codes of data, which a generator has none of.
  static var infersCodes: Bool { get }
  func act<D: Domain>(on run: Run<D>) throws
}

extension RunCommand {
  static var infersCodes: Bool { true }

  /// Opens the run with its best weights.
  func run() throws {
    let (folder, registry) = (RunFolder(source.run), VAECommand.registry)
    let configuration = try RunConfiguration(in: folder, registry: registry)
    func open<D: Domain>(_ domain: D.Type) throws {
      let run = try Run<D>(configuration, in: folder, registry: registry)
      if Self.infersCodes { try requireCodes(of: run) }
      try run.loadWeights()
      try act(on: run)
    }
    try open(registry.domain(configuration.data.kind))
  }

  /// Throws where the run's model only writes.
  func requireCodes<D: Domain>(of run: Run<D>) throws {
    guard run.model.infersCodes else {
      throw Failure(
        64,
        "\(source.run): its model, \(run.configuration.model.name), infers no codes of data; 'vae sample' and "
          + "'vae traverse' show what it makes")
    }
  }

  /// Throws in the name of an option where the run's model has no density that it asks for.
  func requireDensities<D: Domain>(of run: Run<D>, for option: String) throws {
    do {
      try run.model.requireDensities(for: option)
    } catch {
      throw Failure(64, "\(error)")
    }
  }
}

/// Where data comes from that a command shows a trained model.
struct DataSource: ParsableArguments {
  @Option(help: "Data to use instead of what the run was trained on.")
  var data: String?
  @OptionGroup var reading: ReadingOptions
  @Option(
    name: .customLong("set"),
    help: ArgumentHelp(
      "Changes how the data is read, such as data.column=text.", valueName: "data.key=value"))
  var changes: [String] = []

  /// The run's configuration with these arguments laid over it.
  func configuration<D: Domain>(for run: Run<D>) throws -> RunConfiguration {
    if let other = changes.first(where: { !$0.hasPrefix("data.") }) {
      throw Failure(64, "--set changes keys that begin with 'data.' here, not '\(other)'")
    }
    var tree = try ConfigurationValue(assignments: changes)
    if let data {
      tree[["data", "path"]] = .string(data)
      // The run's limit was for its own data.
      tree[["data", "limit"]] = tree[["data", "limit"]] ?? .null
    }
    reading.write(to: &tree)
    return try run.configuration.changed(by: tree, registry: VAECommand.registry)
  }
}

/// Keys of `data` that have an option of their own.
struct ReadingOptions: ParsableArguments {
  @Option(help: "Resizes what is read: 32, or 48x32 for 48 across and 32 down; the key data.size.")
  var size: String?
  @Flag(help: "Passes over unreadable files, which are named and counted; the key data.skip_bad.")
  var skipBad = false

  func write(to tree: inout ConfigurationValue) {
    if let size { tree[["data", "size"]] = .string(size) }
    if skipBad { tree[["data", "skip_bad"]] = true }
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
  ///
  /// Of data that is named here no training took anything, so that all of it is meant where it has
  /// no parts of its own.
  func open<D: Domain>(
    for run: Run<D>
  ) throws -> (data: RunData<D>, name: String, dataset: D.Part) {
    let configuration = try source.configuration(for: run)
    let data = try run.open(configuration, undivided: source.data != nil)
    guard let split else { return (data, data.held.name, data.held.dataset) }
    guard let dataset = data[split.rawValue] else {
      throw Failure(
        65,
        "\(configuration.data.path): the data has no \(split.rawValue) part; leave --split out")
    }
    return (data, split.rawValue, dataset)
  }

  /// Some examples of that part.
  func examples<D: Domain>(
    _ count: Int, for run: Run<D>
  ) throws -> (name: String, batch: Batch<D.Part.Observation>) {
    let (data, name, dataset) = try open(for: run)
    guard let batch = try data.examples(count, of: dataset) else {
      throw Failure(65, "\(Text.part(name, of: dataset.name)) has no examples")
    }
    return (name, batch)
  }
}

extension Text {
  /// A part of data in words: "test part of digits", "all of new.npy".
  static func part(_ name: String, of data: String) -> String {
    name == "all" ? "all of \(data)" : "\(name) part of \(data)"
  }
}
