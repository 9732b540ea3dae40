extension Classifier {
  /// Trains the classifier on `examples`, and gives the averages of every epoch.
  ///
  /// With `validation` the weights of the best epoch stay, without it the last ones. A frozen
  /// encoder is asked once about every example.
  ///
  /// - Throws: What reading the data, the trainer and `report` throw.
  public func train(
    on examples: D.Part, validation: D.Part?, of data: RunData<D>,
    report: (TrainingEvent) throws -> Void = { _ in }
  ) throws -> [EpochMetrics] {
    try standardize(on: examples, of: data)
    let options = configuration.trainer
    switch configuration.mode {
    case .frozen:
      func table(_ part: D.Part, isShuffled: Bool) throws -> ImageLoader {
        ImageLoader(
          try codes(of: part, in: data), batchSize: options.batchSize, isShuffled: isShuffled,
          seed: options.seed)
      }
      let objective = Classification(
        ElementFeatures(observationShape: [head.featureCount]), head: head)
      return try objective.train(
        options, on: table(examples, isShuffled: true),
        validation: validation.map { try table($0, isShuffled: false) }, report: report)
    case .finetune, .decoder, .joint:
      return try objective(features).train(
        options, on: data.batches(of: examples, size: options.batchSize, isShuffled: true),
        validation: validation.map(data.batches(of:)), report: report)
    }
  }

  private func objective<F: FeatureExtractor<Observation>>(
    _ features: F
  ) throws -> any Objective<Batch<Observation>> {
    let classification = Classification(features, head: head)
    func joint<O: Objective<Batch<Observation>>>(_ own: O) -> any Objective<Batch<Observation>> {
      JointClassification(own, with: classification, weight: configuration.weight)
    }
    guard configuration.mode == .joint else { return classification }
    let own = try run.objective()
    return joint(own)
  }

  /// The codes of examples as rows, with their labels.
  private func codes(of part: D.Part, in data: RunData<D>) throws -> ImageDataset {
    let codes = try run.model.allCodes(of: data.batches(of: part))
    guard codes.isFinite else {
      throw ObservationError(
        "\(part.name): some codes are NaN or infinite; the data holds values that the model was "
          + "not trained on")
    }
    return ImageDataset(
      values: codes.floats, shape: [part.count, 1, 1, codes.shape[1]], labels: part.labels,
      classNames: part.classNames, name: part.name)
  }

  /// Brings the features of some examples to one scale, as they are before training.
  private func standardize(on examples: D.Part, of data: RunData<D>) throws {
    func collect(_ features: some FeatureExtractor<Observation>) throws {
      var parts: [Tensor] = []
      let batches = data.batches(of: examples.sampled(5000, seed: 0)).batches(
        epoch: 0, startingAt: 0)
      while let batch = try batches.next() {
        parts.append(features.features(of: batch.observations))
      }
      head.standardize(on: Tensor.concatenated(parts, along: 0))
    }
    try collect(features)
  }
}

extension Objective where Batch: CountedBatch & Sendable {
  /// Trains by the options and keeps the weights of the best epoch in memory, where there is
  /// validation data.
  func train(
    _ options: TrainingOptions, on training: any BatchSource<Batch>,
    validation: (any BatchSource<Batch>)?, report: (TrainingEvent) throws -> Void
  ) throws -> [EpochMetrics] {
    var lines: [EpochMetrics] = []
    var best: SafeTensors?
    try Trainer(options).fit(self, training: training, validation: validation) { event in
      if case .epochEnded(let epoch) = event {
        lines += [epoch.train] + (epoch.validation.map { [$0] } ?? [])
        if epoch.validation != nil && epoch.isBest { best = SafeTensors(weightsOf: self) }
      }
      try report(event)
    }
    try best?.load(into: self, from: "the best epoch")
    return lines
  }
}
