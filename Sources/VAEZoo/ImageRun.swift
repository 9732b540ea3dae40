/// A run over images, or other rows of numbers of one length.
public struct ImageRun: Run {
  /// The data it is about.
  public typealias Part = ImageDataset
  /// The folder.
  public let folder: RunFolder
  /// What rebuilds the model and repeats the run.
  public let configuration: RunConfiguration
  /// The model.
  public let model: any DirectAutoencoder<Tensor>

  /// The model, as objectives and evaluation see it.
  public var autoencoder: any VariationalAutoencoder<Tensor> { model }

  /// The elements of an image.
  public var rawFeatures: any FeatureExtractor<Tensor> {
    ElementFeatures(observationShape: model.observationShape)
  }

  /// The run of a folder, with weights yet to be loaded.
  ///
  /// - Throws: What ``RunConfiguration/imageModel(registry:)`` throws.
  public init(
    _ configuration: RunConfiguration, in folder: RunFolder, registry: Registry = .standard
  ) throws {
    self.folder = folder
    self.configuration = configuration
    model = try configuration.imageModel(registry: registry)
  }

  /// Starts a run: opens the data and makes a model with fresh weights for it.
  ///
  /// - Throws: `DataError` where there is no data, or none that can be used, `ObservationError`
  ///   where it is not what the run was begun with, and what making the model throws.
  public static func begin(
    _ configuration: RunConfiguration, in folder: RunFolder, isResumed: Bool,
    registry: Registry = .standard
  ) throws -> (run: ImageRun, data: RunData<ImageDataset>) {
    let data = try data(of: configuration)
    let shape = data.train.imageShape
    if isResumed, let own = configuration.observation?.imageShape, own != shape {
      throw ObservationError(
        "\(configuration.data.path): its images are \(shape), but the run was begun with images "
          + "\(own); give the data of \(folder.configuration)")
    }
    var complete = configuration
    complete.observation = .image(shape)
    return (try ImageRun(complete, in: folder, registry: registry), data)
  }

  /// Opens images of the shape that the model takes.
  ///
  /// - Throws: `DataError` where there are none, `ObservationError` where they have another shape.
  public func open(_ configuration: RunConfiguration) throws -> RunData<ImageDataset> {
    let data = try Self.data(of: configuration)
    let (own, shape) = (data.train.imageShape, model.observationShape)
    guard own == shape else {
      let advice =
        own[2] != shape[2]
        ? "give images with \(shape[2]) channels" : "add --size \(shape[1])x\(shape[0])"
      throw ObservationError(
        "\(configuration.data.path): its images are \(own), but the model was trained on \(shape); "
          + advice)
    }
    return data
  }

  private static func data(of configuration: RunConfiguration) throws -> RunData<ImageDataset> {
    guard case .images(let reading) = configuration.data.reading else {
      throw ConfigurationError("expected images", at: ["data", "kind"])
    }
    let (seed, binarization) = (configuration.trainer.seed, reading.binarization)
    return RunData(
      try ImageDataset.open(configuration.data.path, options: reading.options), configuration
    ) { dataset, batchSize, isShuffled in
      ImageLoader(
        dataset, batchSize: batchSize, isShuffled: isShuffled, seed: seed,
        binarization: binarization)
    }
  }

  /// What the data is, in a few words.
  public func summary(of data: RunData<ImageDataset>) -> String {
    let size = data.train.imageShape
    let colour = size[2] == 1 ? "grey" : size[2] == 3 ? "colour" : "\(size[2]) channels"
    return "images \(size[1])x\(size[0]) \(colour)"
  }

  /// Sheets of samples and reconstructions, curves, and maps of two codes.
  public func display(
    of data: RunData<ImageDataset>, history: [EpochMetrics]
  ) throws -> any RunDisplay {
    try ImageRunDisplay(self, data: data, history: history)
  }
}

extension RunConfiguration {
  /// The model of images with fresh weights, which depend on the seed alone.
  ///
  /// - Throws: What ``Registry/model(_:observationShape:using:)`` throws, ``ConfigurationError``
  ///   where the shape of the images is not known yet.
  public func imageModel(
    registry: Registry = .standard
  ) throws -> any DirectAutoencoder<Tensor> {
    guard let shape = observation?.imageShape else {
      throw ConfigurationError("opened no data yet, so the shape is not known", at: ["observation"])
    }
    var key = key(.weights)
    return try registry.model(model, observationShape: shape, using: &key)
  }
}
