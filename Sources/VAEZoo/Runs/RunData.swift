/// The parts of a run's data, as its configuration divides them.
public struct RunData<D: Domain>: Sendable {
  /// A part of the data.
  public typealias Part = D.Part
  /// What is trained on.
  public let train: Part
  /// What the best epoch is chosen by.
  public let validation: Part?
  /// What results are reported on.
  public let test: Part?
  private var configuration: RunConfiguration
  private let domain: D
  private let isUndivided: Bool
  private let reading: D.Reading

  /// Divides data.
  ///
  /// Where it sets no validation part aside, the configured fraction of the training part is taken,
  /// unless it is to stay `undivided`.
  init(
    _ splits: DatasetSplits<Part>, _ domain: D, _ reading: D.Reading,
    _ configuration: RunConfiguration, undivided: Bool
  ) throws(ConfigurationError) {
    self.configuration = configuration
    isUndivided = undivided
    (self.domain, self.reading) = (domain, reading)
    // Undivided data is not trained on.
    let splits = configuration.data.limited(
      undivided ? splits : try configuration.data.chosen(splits))
    test = splits.test
    let fraction = undivided ? 0 : configuration.trainer.validationFraction
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

  /// The same parts, in batches as another configuration has them.
  public func during(_ configuration: RunConfiguration) -> RunData {
    var own = self
    own.configuration = configuration
    return own
  }

  /// What no training saw, as far as there is any: the test part, else the validation part, else
  /// the training part; "all" of undivided data that has no parts.
  public var held: (name: String, dataset: Part) {
    if let test { return ("test", test) }
    if let validation { return ("validation", validation) }
    return (isUndivided ? "all" : "train", train)
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

  /// Batches to train on, in an order of their own each epoch.
  public var trainingBatches: any BatchSource<Batch<Part.Observation>> {
    batches(of: train, size: configuration.trainer.batchSize, isShuffled: true)
  }

  /// Batches in the order of the data.
  public func batches(of dataset: Part) -> any BatchSource<Batch<Part.Observation>> {
    batches(of: dataset, size: configuration.trainer.batchSize, isShuffled: false)
  }

  /// Batches of a part, of a size and in an order of their own.
  func batches(
    of dataset: Part, size: Int, isShuffled: Bool
  ) -> any BatchSource<Batch<Part.Observation>> {
    domain.batches(
      of: dataset, reading, size: size, isShuffled: isShuffled, seed: configuration.trainer.seed)
  }

  /// `count` examples of a part chosen at random, the same ones each time.
  func chosen(_ count: Int, of dataset: Part) -> Part {
    var key = configuration.key(.pictures).folded(with: 1)
    return dataset.subset(Array(key.permutation(dataset.count).prefix(count)))
  }

  /// `count` examples of a part chosen at random, the same ones each time, as one batch; nil of a
  /// part without examples.
  public func examples(_ count: Int, of dataset: Part) throws -> Batch<Part.Observation>? {
    try batch(of: chosen(count, of: dataset))
  }

  /// A whole part as one batch; nil of a part without examples.
  public func batch(of dataset: Part) throws -> Batch<Part.Observation>? {
    guard dataset.count > 0 else { return nil }
    return try batches(of: dataset, size: dataset.count, isShuffled: false)
      .batches(epoch: 0, startingAt: 0).next()
  }
}
