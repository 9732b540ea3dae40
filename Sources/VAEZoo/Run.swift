internal import SystemFiles

/// A run: its folder, what was decided about it, and its model.
public protocol Run {
  /// The data it is about.
  associatedtype Part: Dataset
  /// The folder.
  var folder: RunFolder { get }
  /// What rebuilds the model and repeats the run.
  var configuration: RunConfiguration { get }
  /// The model.
  var autoencoder: any VariationalAutoencoder<Part.Observation> { get }
  /// What an observation is made of, without any model: its elements, or its steps in no order.
  var rawFeatures: any FeatureExtractor<Part.Observation> { get }

  /// Starts a run: opens the data and makes a model with fresh weights for it, or, where
  /// `isResumed`, in the form that the folder keeps.
  ///
  /// - Throws: `DataError` where there is no data, or none that can be used, `ObservationError`
  ///   where it is not what the run was begun with, and what making the model throws.
  static func begin(
    _ configuration: RunConfiguration, in folder: RunFolder, isResumed: Bool, registry: Registry
  ) throws -> (run: Self, data: RunData<Part>)

  /// The run of a folder, with weights yet to be loaded.
  init(_ configuration: RunConfiguration, in folder: RunFolder, registry: Registry) throws

  /// Opens data in the form that the model takes.
  ///
  /// - Throws: `DataError` where there is none, `ObservationError` where the model cannot take it.
  func open(_ configuration: RunConfiguration) throws -> RunData<Part>

  /// What the data is, in a few words: "images 28x28 grey".
  func summary(of data: RunData<Part>) -> String

  /// What is drawn and written after each epoch.
  func display(
    of data: RunData<Part>, history: [EpochMetrics]
  ) throws -> any RunDisplay

  /// Writes what rebuilds the model into the folder, in one piece each.
  func write() throws(CheckpointError)
}

/// Shows in a run's folder what the model knows after an epoch.
public protocol RunDisplay {
  /// Draws or writes what belongs to an epoch.
  ///
  /// - Throws: `PNGError` or `CheckpointError` where a file cannot be written, ``PictureError``
  ///   where observations are no images.
  mutating func show(_ epoch: EpochSummary) throws
}

extension Run {
  /// The configuration alone.
  public func write() throws(CheckpointError) { try configuration.write(to: folder) }

  /// The run's objective around its model.
  public func objective(
    registry: Registry = .standard
  ) throws -> any Objective<Batch<Part.Observation>> {
    try registry.objective(configuration.objective, for: autoencoder)
  }
}

/// Opens a run folder and loads the best weights.
///
/// - Throws: ``RunError`` where the folder holds no run, `CheckpointError` where its weights are
///   missing, damaged or those of another model.
public func openRun(_ folder: RunFolder, registry: Registry = .standard) throws -> any Run {
  let run = try run(of: folder, registry: registry)
  try run.loadWeights()
  return run
}

/// The run that a folder's configuration describes, with weights yet to be loaded.
func run(of folder: RunFolder, registry: Registry) throws -> any Run {
  let configuration = try RunConfiguration(in: folder, registry: registry)
  return switch configuration.data.kind {
  case .images: try ImageRun(configuration, in: folder, registry: registry)
  case .text, .signals: try SequenceRun(configuration, in: folder, registry: registry)
  }
}

extension Run {
  /// Puts the best weights of the folder into the model.
  public func loadWeights() throws(CheckpointError) { try folder.loadWeights(into: autoencoder) }
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
    guard observation?.isSound == true, (observation?.imageShape != nil) == (data.kind == .images)
    else {
      throw RunError(
        .damaged,
        "\(folder.configuration): observation: expected what the model was trained on, such as "
          + "[height, width, channels] of images")
    }
  }

  /// The start of a stream of random numbers of the run.
  public func key(_ stream: RandomStream) -> RandomKey {
    RandomKey(seed: trainer.seed, stream)
  }

  /// Writes the configuration into a run folder, in one piece.
  func write(to folder: RunFolder) throws(CheckpointError) {
    try replaceFile(folder.configuration, with: Array(yaml.utf8))
  }
}
