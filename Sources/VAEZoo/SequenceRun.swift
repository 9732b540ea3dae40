internal import SystemFiles

/// A run over sequences: text, molecules, series or sound.
public struct SequenceRun: Run {
  /// The data it is about.
  public typealias Part = SequenceDataset
  /// The folder.
  public let folder: RunFolder
  /// What rebuilds the model and repeats the run.
  public let configuration: RunConfiguration
  /// The model.
  public let model: any SequenceAutoencoder
  /// How text becomes tokens; nil of a run over frames.
  public let tokenizer: Tokenizer?

  /// The model, as objectives and evaluation see it.
  public var autoencoder: any VariationalAutoencoder<Sequences> {
    func open(_ model: some SequenceAutoencoder) -> any VariationalAutoencoder<Sequences> { model }
    return open(model)
  }

  /// How often each token stands in a sequence, or its mean frame.
  public var rawFeatures: any FeatureExtractor<Sequences> {
    StepFeatures(stepShape: model.stepShape)
  }

  /// The run of a folder, with weights yet to be loaded.
  ///
  /// - Throws: ``RunError`` where the tokenizer of a run over text is missing or damaged, and what
  ///   ``RunConfiguration/sequenceModel(registry:)`` throws.
  public init(
    _ configuration: RunConfiguration, in folder: RunFolder, registry: Registry = .standard
  ) throws {
    let tokenizer = configuration.data.kind == .text ? try folder.readTokenizer() : nil
    try self.init(configuration, folder, tokenizer, registry)
  }

  private init(
    _ configuration: RunConfiguration, _ folder: RunFolder, _ tokenizer: Tokenizer?,
    _ registry: Registry
  ) throws {
    self.folder = folder
    self.configuration = configuration
    self.tokenizer = tokenizer
    model = try configuration.sequenceModel(registry: registry)
  }

  /// Starts a run: opens the data and makes a model with fresh weights for it.
  ///
  /// The training part decides the vocabulary, or the scale of frames, unless the run is resumed.
  ///
  /// - Throws: `DataError` where there is no data, or none that can be used, `ObservationError`
  ///   where it is not what the run was begun with, and what making the model throws.
  public static func begin(
    _ configuration: RunConfiguration, in folder: RunFolder, isResumed: Bool,
    registry: Registry = .standard
  ) throws -> (run: SequenceRun, data: RunData<SequenceDataset>) {
    if isResumed {
      let run = try SequenceRun(configuration, in: folder, registry: registry)
      return (run, try run.open(configuration))
    }
    let path = configuration.data.path
    var complete = configuration
    switch configuration.data.reading {
    case .images: throw ConfigurationError("expected sequences", at: ["data", "kind"])
    case .text(let options):
      let (splits, tokenizer) = try TextDataset.open(path, options: options)
      let data = data(splits, configuration)
      complete.observation = .tokens(
        vocabulary: tokenizer.vocabularySize, longest: data.train.longest)
      return (try SequenceRun(complete, folder, tokenizer, registry), data)
    case .signals(let options):
      let (splits, scaling) = try SignalDataset.open(path, options: options)
      let data = data(splits, configuration)
      complete.observation = .frames(
        features: data.train.format.stepShape[0], longest: data.train.longest, scaling: scaling)
      return (try SequenceRun(complete, folder, nil, registry), data)
    }
  }

  /// Opens sequences in the form that the model takes.
  ///
  /// - Throws: `DataError` where there are none, or where a token is not in the vocabulary,
  ///   `ObservationError` where frames have other features.
  public func open(_ configuration: RunConfiguration) throws -> RunData<SequenceDataset> {
    let path = configuration.data.path
    switch configuration.data.reading {
    case .images: throw ConfigurationError("expected sequences", at: ["data", "kind"])
    case .text(let options):
      return Self.data(
        try TextDataset.open(path, options: options, tokenizer: tokenizer).splits, configuration)
    case .signals(let options):
      let data = Self.data(
        try SignalDataset.open(path, options: options, scaling: scaling).splits, configuration)
      guard data.train.format.stepShape == model.stepShape else {
        throw ObservationError(
          "\(path): its frames have \(data.train.format.stepShape[0]) features, but the model was "
            + "trained on \(model.stepShape[0]); read it as \(folder.configuration) says")
      }
      return data
    }
  }

  private static func data(
    _ splits: DatasetSplits<SequenceDataset>, _ configuration: RunConfiguration
  ) -> RunData<SequenceDataset> {
    let seed = configuration.trainer.seed
    return RunData(splits, configuration) { dataset, batchSize, isShuffled in
      SequenceLoader(dataset, batchSize: batchSize, isShuffled: isShuffled, seed: seed)
    }
  }

  /// The scale that frames were brought to; nil where they were not, and of text.
  public var scaling: FrameScaling? {
    if case .frames(_, _, let scaling) = configuration.observation { scaling } else { nil }
  }

  /// Steps that are generated at most: those of the longest training sequence.
  public var longest: Int { configuration.observation?.longest ?? 1 }

  /// What the data is, in a few words.
  public func summary(of data: RunData<SequenceDataset>) -> String {
    switch data.train.format {
    case .tokens(let vocabulary):
      "sequences of up to \(data.train.longest) tokens out of \(vocabulary)"
    case .frames(let features):
      "sequences of up to \(data.train.longest) frames of \(features) numbers"
    }
  }

  /// Samples and reconstructions, as text or as pictures, and curves.
  public func display(
    of data: RunData<SequenceDataset>, history: [EpochMetrics]
  ) throws -> any RunDisplay {
    if let tokenizer {
      try TextRunDisplay(self, tokenizer, data: data, history: history)
    } else {
      try SignalRunDisplay(self, data: data, history: history)
    }
  }

  /// Writes the configuration, and the tokenizer of a run over text.
  public func write() throws(CheckpointError) {
    if let tokenizer { try replaceFile(folder.tokenizer, with: Array(tokenizer.json.utf8)) }
    try configuration.write(to: folder)
  }
}

extension RunFolder {
  /// The tokenizer of a run over text.
  public var tokenizer: String { "\(path)/tokenizer.json" }

  fileprivate func readTokenizer() throws(RunError) -> Tokenizer {
    do {
      let bytes = try readFile(
        tokenizer, ifMissing: "the run's tokenizer is gone; without it no text can be read")
      return try Tokenizer(json: String(decoding: bytes, as: UTF8.self))
    } catch let error as CheckpointError {
      throw RunError(error.kind == .missing ? .missing : .damaged, error.description)
    } catch {
      throw RunError(.damaged, "\(tokenizer): \(error)")
    }
  }
}

extension RunConfiguration {
  /// The model of sequences with fresh weights, which depend on the seed alone.
  ///
  /// - Throws: What ``Registry/sequenceModel(_:format:using:)`` throws, ``ConfigurationError`` where
  ///   the format of the sequences is not known yet.
  public func sequenceModel(
    registry: Registry = .standard
  ) throws -> any SequenceAutoencoder {
    guard let format = observation?.sequenceFormat else {
      throw ConfigurationError(
        "opened no data yet, so the format is not known", at: ["observation"])
    }
    var key = key(.weights)
    return try registry.sequenceModel(model, format: format, using: &key)
  }
}

extension SequenceDataset {
  /// Steps of the longest sequence.
  var longest: Int { (0..<count).reduce(1) { max($0, length(of: $1)) } }
}
