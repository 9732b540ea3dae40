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

  func open() throws -> TrainedRun { try TrainedRun(RunFolder(run)) }
}

/// The data that a command shows a trained model.
struct DataArguments: ParsableArguments {
  @Option(help: "Images to use instead of those the run was trained on.")
  var data: String?
  @Option(help: "Resizes images: 32, or 48x32 for 48 across and 32 down.")
  var size: String?
  @Flag(help: "Passes over unreadable image files.")
  var skipBad = false
  @Option(help: "The part of the data: test, validation or train.")
  var split: Split?

  enum Split: String, ExpressibleByArgument, CaseIterable {
    case test, validation, train
  }

  /// The part of the data that was asked for, in the shape the model takes.
  func open(
    for run: TrainedRun
  ) throws -> (data: RunData, name: String, dataset: ImageDataset) {
    var changes = ConfigurationValue.mapping([])
    if let data { changes[["data", "path"]] = .string(data) }
    if let size { changes[["data", "size"]] = .string(size) }
    if skipBad { changes[["data", "skip_bad"]] = true }
    let configuration = try run.configuration.changed(by: changes)
    let data = try RunData(configuration)
    let path = configuration.data.path
    let shape = run.model.observationShape
    guard data.observationShape == shape else {
      let own = data.observationShape
      let advice =
        own[2] != shape[2]
        ? "give images with \(shape[2]) channels"
        : "add --size \(shape[1])x\(shape[0])"
      throw Failure(
        65, "\(path): its images are \(own), but the model was trained on \(shape); \(advice)")
    }
    guard let split else { return (data, data.held.name, data.held.dataset) }
    guard let dataset = data[split.rawValue] else {
      throw Failure(65, "\(path): the data has no \(split.rawValue) part; leave --split out")
    }
    return (data, split.rawValue, dataset)
  }
}
