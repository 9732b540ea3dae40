/// The parts of a run's data, as its configuration divides them.
public struct RunData: Sendable {
  /// What is trained on.
  public let train: ImageDataset
  /// What the best epoch is chosen by.
  public let validation: ImageDataset?
  /// What results are reported on.
  public let test: ImageDataset?
  private let configuration: RunConfiguration

  /// Opens the data of a configuration.
  ///
  /// Where the data sets no validation part aside, the configured fraction of the training part is
  /// taken.
  ///
  /// - Throws: What ``DataConfiguration/open()`` throws.
  public init(_ configuration: RunConfiguration) throws {
    self.configuration = configuration
    let splits = try configuration.data.open()
    test = splits.test
    let fraction = configuration.trainer.validationFraction
    let kept = Int((Double(splits.train.count) * fraction).rounded())
    if splits.validation == nil, kept > 0, kept < splits.train.count {
      let parts = splits.train.split(fraction: fraction, seed: configuration.trainer.seed)
      train = parts.first
      validation = parts.second
    } else {
      train = splits.train
      validation = splits.validation
    }
  }

  /// The shape of one image, `[height, width, channels]`.
  public var observationShape: Shape { train.imageShape }

  /// What no training saw, as far as there is any: the test part, else the validation part, else
  /// the training part.
  public var held: (name: String, dataset: ImageDataset) {
    if let test { return ("test", test) }
    if let validation { return ("validation", validation) }
    return ("train", train)
  }

  /// A part by its name: "train", "validation" or "test"; nil where the data has none of it.
  public subscript(part: String) -> ImageDataset? {
    switch part {
    case "train": train
    case "validation": validation
    case "test": test
    default: nil
    }
  }

  /// Batches to train on, in an order of its own each epoch.
  public var trainingBatches: ImageLoader { loader(train, isShuffled: true) }

  /// Batches in the order of the data.
  public func batches(of dataset: ImageDataset) -> ImageLoader {
    loader(dataset, isShuffled: false)
  }

  private func loader(_ dataset: ImageDataset, isShuffled: Bool) -> ImageLoader {
    ImageLoader(
      dataset, batchSize: configuration.trainer.batchSize, isShuffled: isShuffled,
      seed: configuration.trainer.seed, binarization: configuration.data.binarization)
  }

  /// `count` examples of a part chosen at random, the same ones each time, as one batch.
  public func examples(_ count: Int, of dataset: ImageDataset) throws -> Batch<Tensor> {
    var key = configuration.key(.pictures).folded(with: 1)
    let chosen = Array(key.permutation(dataset.count).prefix(count))
    let loader = ImageLoader(
      dataset.subset(chosen), batchSize: chosen.count, isShuffled: false,
      seed: configuration.trainer.seed, binarization: configuration.data.binarization,
      prefetchCount: 0)
    guard let batch = try loader.batches(epoch: 0).next() else {
      return Batch(observations: Tensor.zeros([0] + dataset.imageShape), count: 0)
    }
    return batch
  }
}
