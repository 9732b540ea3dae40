/// The parts of a run's data, as its configuration divides them.
public struct RunData<Part: Dataset>: Sendable {
  /// Makes batches of a part.
  typealias Loader =
    @Sendable (_ part: Part, _ batchSize: Int, _ isShuffled: Bool) -> any BatchSource<
      Batch<Part.Observation>
    >

  /// What is trained on.
  public let train: Part
  /// What the best epoch is chosen by.
  public let validation: Part?
  /// What results are reported on.
  public let test: Part?
  private let configuration: RunConfiguration
  private let loader: Loader

  /// Divides data.
  ///
  /// Where it sets no validation part aside, the configured fraction of the training part is taken.
  init(
    _ splits: DatasetSplits<Part>, _ configuration: RunConfiguration, loader: @escaping Loader
  ) {
    self.configuration = configuration
    self.loader = loader
    let splits = configuration.data.limited(splits)
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

  /// What no training saw, as far as there is any: the test part, else the validation part, else
  /// the training part.
  public var held: (name: String, dataset: Part) {
    if let test { return ("test", test) }
    if let validation { return ("validation", validation) }
    return ("train", train)
  }

  /// A part by its name: "train", "validation" or "test"; nil where the data has none of it.
  public subscript(part: String) -> Part? {
    switch part {
    case "train": train
    case "validation": validation
    case "test": test
    default: nil
    }
  }

  /// Batches to train on, in an order of its own each epoch.
  public var trainingBatches: any BatchSource<Batch<Part.Observation>> {
    loader(train, configuration.trainer.batchSize, true)
  }

  /// Batches of a part, of a size and in an order of their own.
  func batches(
    of dataset: Part, size: Int, isShuffled: Bool
  ) -> any BatchSource<Batch<Part.Observation>> {
    loader(dataset, size, isShuffled)
  }

  /// Batches in the order of the data.
  public func batches(of dataset: Part) -> any BatchSource<Batch<Part.Observation>> {
    loader(dataset, configuration.trainer.batchSize, false)
  }

  /// `count` examples of a part chosen at random, the same ones each time, as one batch; nil of a
  /// part without examples.
  public func examples(_ count: Int, of dataset: Part) throws -> Batch<Part.Observation>? {
    var key = configuration.key(.pictures).folded(with: 1)
    let chosen = Array(key.permutation(dataset.count).prefix(count))
    guard !chosen.isEmpty else { return nil }
    return try loader(dataset.subset(chosen), chosen.count, false)
      .batches(epoch: 0, startingAt: 0).next()
  }
}
