/// The accuracy of a classifier beside what it has to beat, by how many labels were learned from.
public struct ClassifierComparison: Sendable, Equatable {
  /// The accuracies with so many labels, on data that nothing was learned from.
  public struct Row: Sendable, Equatable {
    /// How many labelled examples were learned from.
    public var labels: Int
    /// The head on the model.
    public var head: Double
    /// Logistic regression on pixels, on how often each token stands, or on the mean frame.
    public var raw: Double
    /// The class of most of the five nearest codes.
    public var neighbours: Double
    /// The same head on a model that was never trained.
    public var untrained: Double
  }

  /// A row for each count of labels, the smallest first.
  public var rows: [Row] = []

  /// The counts of labels that are compared, of a set of so many.
  public static func counts(upTo count: Int) -> [Int] {
    [100, 1000, 10_000].filter { $0 < count } + [count]
  }
}

extension Classifier {
  /// Learns from random choices of 100, 1,000 and 10,000 labels and from all, by every way that is
  /// compared, all trained by the same rules.
  ///
  /// - Parameters:
  ///   - data: The data; its training part is learned from.
  ///   - part: What accuracies are measured on.
  ///   - schedule: Sets up the training of a configuration for so many labels.
  ///   - progress: Called before each training with what it trains.
  /// - Returns: A row for each count of labels.
  /// - Throws: What training and reading the data throw.
  public func comparison(
    on data: RunData<D>, measuredOn part: D.Part,
    schedule: (inout ClassifierConfiguration, Int) -> Void,
    progress: (String) throws -> Void = { _ in }
  ) throws -> ClassifierComparison {
    let truth = try configuration.labels(of: part)
    func accuracy(_ logits: Tensor) -> Double {
      ClassificationMetrics(logits: logits, labels: truth).accuracy
    }
    var result = ClassifierComparison()
    for count in ClassifierComparison.counts(upTo: data.train.count) {
      var own = configuration
      own.labels = count
      schedule(&own, count)
      let examples = data.train.sampled(count, seed: own.trainer.seed)
      func head(isTrained: Bool) throws -> Double {
        let fresh = try Run<D>(run.configuration, in: run.folder, registry: run.registry)
        if isTrained { try fresh.loadWeights() }
        let classifier = try Classifier(own, for: fresh)
        _ = try classifier.train(on: examples, validation: nil, of: data)
        return accuracy(try classifier.logits(of: data.batches(of: part)))
      }
      try progress("\(count) labels: the head")
      let trained = try head(isTrained: true)
      try progress("\(count) labels: logistic regression")
      var linear = own
      linear.mode = .frozen
      schedule(&linear, count)
      let raw = accuracy(try Self.regression(linear, run, examples, of: data, measuredOn: part))
      try progress("\(count) labels: nearest neighbours")
      let original = try Run<D>(run.configuration, in: run.folder, registry: run.registry)
      try original.loadWeights()
      let near = accuracy(
        try Self.neighbours(own, original, examples, of: data, measuredOn: part))
      try progress("\(count) labels: the head on an untrained model")
      result.rows.append(
        ClassifierComparison.Row(
          labels: count, head: trained, raw: raw, neighbours: near,
          untrained: try head(isTrained: false)))
    }
    return result
  }

  /// Logistic regression on what observations are made of.
  private static func regression(
    _ configuration: ClassifierConfiguration, _ run: Run<D>, _ examples: D.Part,
    of data: RunData<D>, measuredOn part: D.Part
  ) throws -> Tensor {
    func learned<F: FeatureExtractor<Observation>>(_ features: F) throws -> Tensor {
      var key = run.configuration.key(.classifier)
      let objective = Classification(
        features,
        head: ClassifierHead(
          featureCount: features.featureCount, classCount: configuration.classes.count, using: &key)
      )
      let options = configuration.trainer
      _ = try objective.train(
        options, on: data.batches(of: examples, size: options.batchSize, isShuffled: true),
        validation: nil, report: { _ in })
      return try objective.logits(of: data.batches(of: part))
    }
    guard let features = run.domain.rawFeatures else {
      throw ObservationError(
        "\(D.name) have no features of their own to compare with; leave the baselines out")
    }
    return try learned(features)
  }

  /// The votes of the nearest codes.
  private static func neighbours(
    _ configuration: ClassifierConfiguration, _ run: Run<D>, _ examples: D.Part,
    of data: RunData<D>, measuredOn part: D.Part
  ) throws -> Tensor {
    let known = try run.model.allCodes(of: data.batches(of: examples))
    let asked = try run.model.allCodes(of: data.batches(of: part))
    return NeighbourClassifier(
      points: known, labels: try configuration.labels(of: examples),
      classCount: configuration.classes.count)(asked)
  }
}
