/// Measures a model at the end of each epoch, and says in words when its codes fall out of use.
///
///     var measures = ModelMeasures(of: model, on: held)
///     try Trainer().fit(ELBO(model), training: digits, measure: { try measures.measure($0) })
public struct ModelMeasures {
  private let evaluate: () throws -> Evaluation
  private let settledStep: Int
  private var watch = CollapseWatch()

  /// Measures of `model` on the examples of `source`.
  ///
  /// - Parameters:
  ///   - model: What is measured.
  ///   - source: Examples that are not trained on.
  ///   - importanceSamples: Samples an example behind the importance-weighted likelihood; 0 leaves it
  ///     out.
  ///   - settledStep: The step at which the objective's warm-up ends; until it is over,
  ///     codes that are not used are no cause for words.
  ///   - key: Where samples come from, the same ones after every epoch.
  public init<Model: LatentModel>(
    of model: Model, on source: any BatchSource<Batch<Model.Observation>>,
    importanceSamples: Int = 5, settledStep: Int = 0, key: RandomKey = RandomKey(seed: 0)
  ) where Model.Observation: Sendable {
    self.settledStep = settledStep
    func evaluate(on source: some BatchSource<Batch<Model.Observation>>) throws -> Evaluation {
      var key = key
      return try model.evaluate(
        on: source, importanceSamples: importanceSamples > 0 ? importanceSamples : nil,
        informationExamples: source.exampleCount, using: &key)
    }
    self.evaluate = { try evaluate(on: source) }
  }

  /// What is to be said of the codes as training ends; nil where they are in use.
  public var collapse: String? { watch.standing }

  /// The measures after an epoch.
  public mutating func measure(_ epoch: EpochSummary) throws -> EpochMeasures {
    let evaluation = try evaluate()
    let warning = watch.warning(evaluation, isWarmingUp: epoch.train.step < settledStep)
    return EpochMeasures(
      terms: evaluation.measures.map { EpochMetrics.Term(name: $0.name, value: $0.value) },
      warnings: warning.map { [$0] } ?? [])
  }
}

extension ModelMeasures {
  /// Measures of a run's model on its validation part, or on its training part where it has none;
  /// nil where it wants none.
  public init?<D: Domain>(_ run: Run<D>, of data: RunData<D>, settledStep: Int) {
    let options = run.configuration.measure
    let part = (data.validation ?? data.train)
      .sampled(options.examples, seed: run.configuration.trainer.seed)
    guard part.count > 0, run.model.infersCodes else { return nil }
    self.init(
      of: run.model, on: data.batches(of: part),
      importanceSamples: options.importanceSamples, settledStep: settledStep,
      key: run.configuration.key(.evaluation))
  }
}
