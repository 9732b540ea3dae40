public import Layers
internal import SystemFiles

/// The folder of one run: its configuration, its curves, its weights, its pictures.
public struct RunFolder: Sendable, Hashable {
  /// Where the folder is.
  public let path: String
  /// The folder of the run that this is a stage of.
  private var run: String?

  /// The run folder at a path; nothing is made yet.
  public init(_ path: String) {
    var path = path
    while path.count > 1 && path.hasSuffix("/") { path.removeLast() }
    self.path = path
  }

  /// What rebuilds the model and repeats the run.
  public var configuration: String { "\(path)/config.yaml" }
  /// The curves: one JSON object a line.
  public var metrics: String { "\(path)/metrics.jsonl" }
  /// The best weights.
  public var model: String { "\(path)/model.safetensors" }
  /// The whole training state, to resume from.
  public var checkpoint: String { "\(path)/checkpoint.safetensors" }
  /// Sheets of samples.
  public var samples: String { "\(path)/samples" }
  /// Sheets of originals and reconstructions.
  public var reconstructions: String { "\(path)/reconstructions" }
  /// Where a step's time went, as a table.
  public var profileTable: String { "\(path)/profile.txt" }
  /// The same call by call, in the Trace Event Format.
  public var profileTrace: String { "\(path)/profile.json" }

  /// The folder of a later stage of the same run, whose weights are the whole model's.
  public func stage(_ name: String) -> RunFolder {
    var folder = RunFolder("\(path)/stages/\(name)")
    folder.run = path
    return folder
  }

  /// Whether a run left weights or a state to resume from here.
  public var holdsRun: Bool { fileExists(checkpoint) || fileExists(model) }

  /// Makes the folder and those for pictures, where they do not exist yet; that of a stage only in the
  /// folder of its run.
  public func create() throws(CheckpointError) {
    if let run, PathKind(run) != .folder { throw .vanished(run, afterStep: nil) }
    for folder in [path, samples, reconstructions] { try makeFolder(folder) }
  }

  /// Puts the best weights into a model of the same parts.
  public func loadWeights(into model: any Module) throws(CheckpointError) {
    let bytes = try readFile(
      self.model, ifMissing: "train first, or give the folder of a run that was trained")
    try SafeTensors(bytes, path: self.model).load(into: model, from: self.model)
  }
}
