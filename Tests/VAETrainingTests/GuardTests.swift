import Layers
import TensorCore
import Testing
import VAECore
import VAETraining

@Suite struct GuardTests {
  private let training = PlanePoints(count: 50, batchSize: 8)

  @Test(arguments: [(Double.nan, "NaN"), (.infinity, "infinite")])
  func stopsBeforeABrokenLossSpoilsAnything(factor: Double, word: String) throws {
    let folder = try TemporaryFolder()
    let run = RunFolder(folder.path)
    var objective = LinearRegression()
    objective.breaks = (step: 16, factor: factor)
    var before = objective.weight.value
    let error = #expect(throws: TrainingError.self) {
      try Trainer(TrainingOptions(epochs: 5)).fit(objective, training: training, in: run) {
        if case .step = $0 { before = objective.weight.value }
      }
    }
    let text = try #require(error?.description)
    for part in ["step 17", "epoch 3", "the loss", word, run.checkpoint] {
      #expect(text.contains(part), "\(part) in: \(text)")
    }
    #expect(objective.weight.value == before)
    // The state after the second epoch is kept, and can be gone on from.
    #expect(try SafeTensors(contentsOf: run.checkpoint).metadata["step"] == "14")
    #expect(curves(run.metrics).count == 2)
    objective.breaks = nil
    let summary = try Trainer(TrainingOptions(epochs: 5)).fit(
      objective, training: training, in: run, resume: true)
    #expect(summary.steps == 35)
  }

  /// A loss of zero whose gradient is not: 0 · d sqrt(0).
  struct BrokenGradient: Objective {
    let fine = Parameter(Tensor([1.0], shape: [1]))
    let root = Parameter(Tensor([0.0], shape: [1]))
    var parts: KeyValuePairs<String, any ModulePart> { ["fine": fine, "root": root] }
    func loss(on batch: Batch<[Tensor]>, _ context: inout Context) -> Loss {
      let total = context[root].squareRoot().sum() + context[fine].sum()
      return Loss(total: total, terms: [:])
    }
  }

  @Test(arguments: [nil, 1.0]) func namesTheGradientThatBroke(clip: Double?) throws {
    let folder = try TemporaryFolder()
    var options = TrainingOptions(epochs: 1)
    options.clipNorm = clip
    let error = #expect(throws: TrainingError.self) {
      try Trainer(options).fit(BrokenGradient(), training: training, in: RunFolder(folder.path))
    }
    #expect(error?.description.contains("the gradient of root became infinite") == true)
    #expect(error?.description.contains("at step 1 of epoch 1") == true)
    #expect(error?.description.contains("nothing was saved") == true)
    #expect(contents(RunFolder(folder.path).checkpoint) == nil)
    #expect(contents(RunFolder(folder.path).model) == nil)
  }

  /// The loss of the step is sound; what the step makes of the weights is not.
  @Test func brokenWeightsAreNotSaved() throws {
    let folder = try TemporaryFolder()
    let run = RunFolder(folder.path)
    let options = TrainingOptions(epochs: 2, optimizer: .sgd(learningRate: 3e38))
    let error = #expect(throws: TrainingError.self) {
      try Trainer(options).fit(
        LinearRegression(), training: PlanePoints(count: 8, batchSize: 8), in: run)
    }
    #expect(error?.description.contains("weight became") == true)
    #expect(error?.description.contains("at step 1 of epoch 1") == true)
    #expect(contents(run.model) == nil && contents(run.checkpoint) == nil)
  }

  @Test func aBrokenValidationKeepsTheLastGoodState() throws {
    struct Broken: Objective {
      let model = LinearRegression()
      var parts: KeyValuePairs<String, any ModulePart> { ["model": model] }
      func loss(on batch: Batch<[Tensor]>, _ context: inout Context) -> Loss {
        let loss = model.loss(on: batch, &context)
        guard !context.isTraining, context.stepTaken > 10 else { return loss }
        return Loss(
          total: loss.total, terms: ["squares": Tensor(repeating: .nan, shape: [batch.count])])
      }
    }
    let folder = try TemporaryFolder()
    let run = RunFolder(folder.path)
    let error = #expect(throws: TrainingError.self) {
      try Trainer(TrainingOptions(epochs: 5)).fit(
        Broken(), training: training, validation: PlanePoints(count: 9, batchSize: 4), in: run)
    }
    #expect(error?.description.contains("the validation's squares became NaN") == true)
    #expect(try SafeTensors(contentsOf: run.checkpoint).metadata["epoch"] == "1")
    #expect(curves(run.metrics).count == 2)
  }

  @Test func optionsThatMakeNoSenseAreNamed() {
    let changes: [(String, (inout TrainingOptions) -> Void)] = [
      ("epochs", { $0.epochs = -1 }), ("batch_size", { $0.batchSize = 0 }),
      ("validation_fraction", { $0.validationFraction = 1 }), ("accumulate", { $0.accumulate = 0 }),
      ("checkpoint_every", { $0.checkpointEvery = 0 }), ("clip_norm", { $0.clipNorm = 0 }),
      ("ema_decay", { $0.emaDecay = 1 }),
      ("early_stopping.patience", { $0.earlyStopping = EarlyStoppingOptions(patience: 0) }),
      ("optimizer.learning_rate", { $0.optimizer.learningRate = .nan }),
      ("optimizer.beta1", { $0.optimizer.beta1 = 1 }),
      ("optimizer.nesterov", { $0.optimizer = .sgd(nesterov: true) }),
      ("optimizer.weight_limit", { $0.optimizer.weightLimit = 0 }),
      ("schedule.step_size", { $0.schedule.stepSize = 0 }),
      ("schedule.factor", { $0.schedule.factor = 1 }),
      ("schedule.warm_up_start", { $0.schedule.warmUpStart = 2 }),
    ]
    for (key, change) in changes {
      var options = TrainingOptions()
      change(&options)
      let error = #expect(throws: TrainingError.self) { try options.validate() }
      #expect(error?.description.contains("option \(key) must") == true)
    }
    #expect(throws: Never.self) { try TrainingOptions().validate() }
  }
}
