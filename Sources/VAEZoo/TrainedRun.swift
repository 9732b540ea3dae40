internal import SystemFiles

/// What a training run left in its folder: the configuration and the model with its best weights.
public struct TrainedRun {
  /// The folder.
  public let folder: RunFolder
  /// What rebuilds the model and repeats the run.
  public let configuration: RunConfiguration
  /// The model with the best weights.
  public let model: any DirectAutoencoder<Tensor>

  /// Opens a run folder.
  ///
  /// - Throws: ``RunError`` where the folder holds no run, `CheckpointError` where its weights are
  ///   missing, damaged or those of another model.
  public init(_ folder: RunFolder, registry: Registry = .standard) throws {
    self.folder = folder
    configuration = try RunConfiguration(in: folder, registry: registry)
    model = try configuration.freshModel(registry: registry)
    try folder.loadWeights(into: model)
  }
}

extension RunConfiguration {
  /// Reads the configuration of a run folder.
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
      try self.init(yaml: yaml, registry: registry)
    } catch {
      throw RunError(.damaged, "\(folder.configuration): \(error)")
    }
    guard observation?.rank == 3,
      observation?.dimensions.allSatisfy({ (1...ImageSize.limit).contains($0) }) == true
    else {
      throw RunError(
        .damaged,
        "\(folder.configuration): observation: expected [height, width, channels] of the images the "
          + "model was trained on")
    }
  }

  /// The model with fresh weights, which depend on the seed alone.
  ///
  /// - Throws: What ``Registry/model(_:observationShape:using:)`` throws, ``ConfigurationError``
  ///   where the observation's shape is not known yet.
  public func freshModel(
    registry: Registry = .standard
  ) throws -> any DirectAutoencoder<Tensor> {
    guard let observation else {
      throw ConfigurationError("opened no data yet, so the shape is not known", at: ["observation"])
    }
    var key = key(.weights)
    return try registry.model(model, observationShape: observation, using: &key)
  }

  /// The independent streams of random numbers that belong to a run, beside those of its trainer
  /// and its data.
  public enum Stream: UInt64, Sendable {
    /// First weights.
    case weights = 1000
    /// Codes that pictures show.
    case pictures
    /// Samples that evaluation takes.
    case evaluation
  }

  /// The start of a stream of random numbers.
  public func key(_ stream: Stream) -> RandomKey {
    RandomKey(seed: trainer.seed).folded(with: stream.rawValue)
  }

  /// Writes the configuration into a run folder, in one piece.
  public func write(to folder: RunFolder) throws(CheckpointError) {
    try replaceFile(folder.configuration, with: Array(yaml.utf8))
  }
}
