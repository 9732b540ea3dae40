internal import SystemFiles

/// A head on what a run's model makes of observations.
public struct Classifier<D: Domain> {
  /// A batch of observations.
  public typealias Observation = D.Part.Observation
  /// The run whose model it reads.
  public let run: Run<D>
  /// What decides it beside its model.
  public let configuration: ClassifierConfiguration
  /// Features to classes.
  public let head: ClassifierHead
  let features: any FeatureExtractor<Observation>

  /// A classifier with a fresh head.
  ///
  /// - Throws: ``ConfigurationError`` where the model has nothing that the head could read.
  public init(
    _ configuration: ClassifierConfiguration, for run: Run<D>
  ) throws(ConfigurationError) {
    self.run = run
    self.configuration = configuration
    features = try Self.extractor(of: run, configuration.mode)
    var key = run.configuration.key(.classifier)
    head = ClassifierHead(
      featureCount: features.featureCount, hidden: configuration.hidden,
      classCount: configuration.classes.count, using: &key)
  }

  private static func extractor(
    of run: Run<D>, _ mode: ClassifierConfiguration.Mode
  ) throws(ConfigurationError) -> any FeatureExtractor<Observation> {
    func codes(
      _ model: some LatentModel<Observation>
    ) -> any FeatureExtractor<Observation> {
      let codes = CodeFeatures(model)
      return mode == .frozen ? FrozenFeatures(codes) : codes
    }
    func decoded<M: LatentModel<Observation>>(
      _ model: M
    ) throws(ConfigurationError) -> any FeatureExtractor<Observation> {
      guard !(M.Output.self is any StepwiseDistribution.Type) else {
        throw ConfigurationError(
          "a model of sequences decodes step by step, so there is no output of the code alone to "
            + "read; choose another mode", at: ["mode"])
      }
      return FrozenFeatures(DecodedFeatures(model))
    }
    return mode == .decoder ? try decoded(run.model) : codes(run.model)
  }

  /// The log-odds of the classes for every example of a data set, in its order: `[examples,
  /// classes]`.
  ///
  /// - Throws: What reading the data throws.
  public func logits(of source: any BatchSource<Batch<Observation>>) throws -> Tensor {
    try logits(of: source, features)
  }

  private func logits<F: FeatureExtractor<Observation>>(
    of source: any BatchSource<Batch<Observation>>, _ features: F
  ) throws -> Tensor {
    try Classification(features, head: head).logits(of: source)
  }
}

extension Classification where Features.Observation: Sendable {
  /// The log-odds of the classes for every example of a data set, in its order: `[examples,
  /// classes]`.
  ///
  /// - Throws: What reading the data throws.
  public func logits(of source: some BatchSource<Batch>) throws -> Tensor {
    var parts: [Tensor] = []
    let batches = source.batches(epoch: 0, startingAt: 0)
    while let batch = try batches.next() { parts.append(logits(of: batch.observations)) }
    guard !parts.isEmpty else { return .zeros([0, head.classCount]) }
    return Tensor.concatenated(parts, along: 0)
  }
}

extension Run {
  /// The names of the classes that labelled data tells apart, by label.
  ///
  /// - Throws: `ObservationError` where there are no labels, only one class, or a class that
  ///   nothing can be learned of.
  public func classes(of data: RunData<D>) throws(ObservationError) -> [String] {
    let name = data.train.name
    guard let labels = data.train.labels else {
      throw ObservationError("\(name): the data has no labels to learn from; give labelled data")
    }
    let names = data.train.classLabels
    let known = Set(labels + (data.validation?.labels ?? []))
    guard known.count > 1 else {
      let only = labels.first.map { " '\(names[Int($0)])'" } ?? ""
      throw ObservationError(
        "\(name): every example is of the one class\(only); a classifier needs two or more")
    }
    if let test = data.test, let labels = test.labels,
      let unseen = labels.first(where: { !known.contains($0) })
    {
      throw ObservationError(
        "\(name): the class '\(test.classLabels[Int(unseen)])' stands in the test part only, so "
          + "nothing can be learned of it; give training examples of it, or leave it out")
    }
    return names
  }
}

extension ClassifierConfiguration {
  /// The labels of data, as the classifier counts its classes; other data may order them otherwise.
  ///
  /// - Throws: `ObservationError` where there are none, or one that the classifier does not know.
  public func labels(of data: some Dataset) throws(ObservationError) -> [Int] {
    guard let names = data.labelNames else {
      throw ObservationError(
        "\(data.name): the data has no labels to compare with; give labelled data, or predict")
    }
    let places = Dictionary(
      zip(classes, classes.indices), uniquingKeysWith: { first, _ in first })
    return try names.map { name throws(ObservationError) in
      guard let place = places[name] else {
        throw ObservationError(
          "\(data.name): its class '\(name)' is none of the classifier's: "
            + listed(classes, allIn: "its classifier.yaml"))
      }
      return place
    }
  }
}

extension Dataset {
  /// The name of each class by its label, or its number where it has none.
  fileprivate var classLabels: [String] {
    (0..<classCount).map { label in
      classNames.flatMap { $0.indices.contains(label) ? $0[label] : nil } ?? "\(label)"
    }
  }
}
