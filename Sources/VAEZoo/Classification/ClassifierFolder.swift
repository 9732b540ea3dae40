internal import SystemFiles

/// The folder of a classifier: whole by itself, with a copy of what rebuilds its run's model.
public struct ClassifierFolder: Sendable, Hashable {
  /// The run's configuration and curves stand here under the names they have in a run folder.
  public let run: RunFolder

  /// The classifier folder at a path; nothing is made yet.
  public init(_ path: String) { run = RunFolder(path) }

  /// Where the folder is.
  public var path: String { run.path }
  /// What rebuilds the classifier.
  public var configuration: String { "\(path)/classifier.yaml" }
  /// The model's and the head's weights.
  public var weights: String { "\(path)/classifier.safetensors" }
  /// How often examples of each class were given each class.
  public var confusion: String { "\(path)/confusion.png" }
  /// What was measured.
  public var report: String { "\(path)/report.json" }

  /// Whether a classifier or a run stands here already.
  public var isOccupied: Bool {
    fileExists(configuration) || run.holdsConfiguration || run.holdsRun
  }

  /// Whether a classifier stands here.
  var holdsClassifier: Bool { fileExists(configuration) }

  /// Reads what rebuilds the classifier.
  ///
  /// - Throws: ``RunError`` where there is none or it is damaged.
  public func readConfiguration() throws(RunError) -> ClassifierConfiguration {
    guard fileExists(configuration) else {
      throw RunError(
        .missing, "\(path) holds no classifier; train one into it with 'classify train' first")
    }
    do {
      let yaml = String(decoding: try readFile(configuration, ifMissing: ""), as: UTF8.self)
      let result = try ConfigurationValue(yaml: yaml).decoded(over: ClassifierConfiguration())
      guard result.classes.count > 1, result.hidden.allSatisfy({ $0 > 0 }) else {
        throw ConfigurationError("expected two names or more", at: ["classes"])
      }
      return result
    } catch {
      throw RunError(.damaged, "\(configuration): \(error)")
    }
  }
}

extension Classifier {
  /// Writes everything that rebuilds the classifier, in one piece each; what marks the folder as a
  /// classifier's comes last.
  ///
  /// - Parameters:
  ///   - folder: Where to; it is made.
  ///   - data: The run's configuration with the data that was learned from.
  ///   - metrics: The lines of the curves.
  /// - Throws: `CheckpointError` where a file cannot be written.
  public func write(
    to folder: ClassifierFolder, data: RunConfiguration, metrics: [EpochMetrics]
  ) throws(CheckpointError) {
    try makeFolder(folder.path)
    try data.write(to: folder.run)
    try run.domain.write(to: folder.run)
    try replaceFile(folder.run.metrics, with: metrics.map(\.json))
    try SafeTensors(weightsOf: Weights(model: run.model, head: head))
      .write(to: folder.weights)
    let yaml = ConfigurationValue(encoding: configuration).yaml
    try replaceFile(folder.configuration, with: Array(yaml.utf8))
  }

  /// Puts the weights of a folder into the model and the head.
  ///
  /// - Throws: `CheckpointError` where they are missing, damaged or those of another classifier.
  public func loadWeights(from folder: ClassifierFolder) throws(CheckpointError) {
    try SafeTensors(contentsOf: folder.weights)
      .load(into: Weights(model: run.model, head: head), from: folder.weights)
  }
}

/// All that a file of a classifier's weights holds.
private struct Weights: Module {
  let model: any Module
  let head: ClassifierHead

  var parts: KeyValuePairs<String, any ModulePart> { ["model": model, "head": head] }
}
