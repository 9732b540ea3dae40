import Layers
import SystemFiles
import TensorCore
import Testing
import VAECore

@testable import VAETraining

@Suite struct TrainerTests {
  private let training = PlanePoints(count: 50, batchSize: 8)
  private let validation = PlanePoints(count: 20, batchSize: 8, seed: 6)

  @Test func findsThePlane() throws {
    let objective = LinearRegression()
    let options = TrainingOptions(epochs: 30, optimizer: .adam(learningRate: 0.05))
    let summary = try Trainer(options).fit(
      objective, training: PlanePoints(count: 100, batchSize: 16),
      validation: PlanePoints(count: 40, batchSize: 16, seed: 6))
    #expect(summary.ending == .completed)
    #expect(summary.steps == 30 * 7)
    let weights = objective.weight.value.doubles
    for (weight, expected) in zip(weights, [1, -2, 0.5]) { #expect(abs(weight - expected) < 0.1) }
    let last = try #require(summary.last)
    #expect(last.validation.map { $0.loss < 0.1 } == true)
  }

  /// With a rate of zero every batch sees the same weights, so that averages can be worked out apart.
  @Test func averagesExamplesNotBatches() throws {
    let options = TrainingOptions(epochs: 1, optimizer: .sgd(learningRate: 0))
    let objective = LinearRegression(dtype: .float64)
    let data = PlanePoints(count: 50, batchSize: 8, dtype: .float64)
    let summary = try Trainer(options).fit(objective, training: data, validation: data)
    var context = Context.inference()
    let all = Batch(observations: [data.x, data.y], count: 50)
    let expected = objective.loss(on: all, &context).total.value.item
    let last = try #require(summary.last)
    for metrics in [last.train, try #require(last.validation)] {
      #expect(abs(metrics.loss - expected) < 1e-12)
      #expect(abs((metrics["squares"] ?? 0) - expected) < 1e-12)
      #expect(metrics.exampleCount == 50)
    }
  }

  @Test func accumulatedBatchesEqualABigOne() throws {
    func weights(batchSize: Int, accumulate: Int) throws -> [Double] {
      var options = TrainingOptions(epochs: 3, optimizer: .adam(learningRate: 0.05))
      options.accumulate = accumulate
      options.clipNorm = 2
      let objective = LinearRegression(dtype: .float64)
      let data = PlanePoints(count: 50, batchSize: batchSize, dtype: .float64)
      let summary = try Trainer(options).fit(objective, training: data)
      #expect(summary.steps == 3 * 3)
      return objective.weight.value.doubles
    }
    // 50 = 24 + 24 + 2, in batches of 8 with a short last one.
    for (a, b) in zip(
      try weights(batchSize: 8, accumulate: 3), try weights(batchSize: 24, accumulate: 1))
    {
      #expect(abs(a - b) < 1e-12)
    }
  }

  @Test func clipsTheNormOfAllGradients() throws {
    func change(clip: Double?) throws -> (Double, StepReport) {
      var options = TrainingOptions(epochs: 1, optimizer: .sgd(learningRate: 0.1))
      options.clipNorm = clip
      let objective = LinearRegression(dtype: .float64)
      let start = objective.weight.value.doubles + objective.bias.value.doubles
      let stop = StopFlag()
      var report: StepReport?
      try Trainer(options).fit(
        objective, training: PlanePoints(count: 8, batchSize: 8, dtype: .float64), stop: stop
      ) { event in
        if case .step(let step) = event { report = step }
      }
      let end = objective.weight.value.doubles + objective.bias.value.doubles
      let squares = zip(start, end).map { ($0 - $1) * ($0 - $1) }.reduce(0, +)
      return (squares.squareRoot(), try #require(report))
    }
    let (free, report) = try change(clip: nil)
    #expect(abs(free - 0.1 * report.gradientNorm) < 1e-12)
    #expect(report.gradientNorm > 1)
    let (clipped, same) = try change(clip: 0.5)
    #expect(abs(clipped - 0.1 * 0.5) < 1e-6)
    #expect(abs(same.gradientNorm - report.gradientNorm) < 1e-12)
    #expect(try change(clip: 1e6).0 == free)
  }

  @Test func averagedWeightsAreSeenSavedAndLeft() throws {
    let folder = try TemporaryFolder()
    var options = TrainingOptions(epochs: 2, optimizer: .sgd(learningRate: 0.1))
    options.emaDecay = 0.8
    let objective = LinearRegression()
    var expected: [Double] = []
    var seen: [Double] = []
    try Trainer(options).fit(objective, training: training, in: RunFolder(folder.path)) { event in
      let now = objective.weight.value.doubles
      switch event {
      case .step:
        expected =
          expected.isEmpty ? now : zip(expected, now).map { $0 + 0.2 * ($1 - $0) }
      case .epochEnded: seen = now
      case .finished: #expect(now == seen)
      default: break
      }
    }
    for (a, b) in zip(seen, expected) { #expect(abs(a - b) < 1e-6) }
    let saved = LinearRegression()
    try RunFolder(folder.path).loadWeights(into: saved)
    #expect(saved.weight.value.doubles == seen)
    let checkpoint = try SafeTensors(contentsOf: RunFolder(folder.path).checkpoint)
    #expect(checkpoint["weights.weight"] != checkpoint["average.weight"])
    #expect(checkpoint["average.weight"]?.doubles == seen)
  }

  @Test func stopsWhenNothingImproves() throws {
    var options = TrainingOptions(epochs: 50, optimizer: .sgd(learningRate: 0.1))
    options.earlyStopping = EarlyStoppingOptions(patience: 3, minimumImprovement: 0.5)
    var losses: [Double] = []
    let summary = try Trainer(options).fit(
      LinearRegression(), training: training, validation: validation
    ) { event in
      if case .epochEnded(let epoch) = event { losses.append(epoch.monitoredLoss) }
    }
    #expect(summary.ending == .stoppedEarly)
    #expect(losses.count < 15)
    // The best is the best, however small the improvement.
    #expect(summary.bestValue == losses.min())
    let reference = losses.dropLast(3).min() ?? 0
    #expect(losses.suffix(3).allSatisfy { $0 >= reference - 0.5 })
  }

  @Test(arguments: [false, true]) func lossesOfAWarmUpAreNotCompared(isValidated: Bool) throws {
    let folder = try TemporaryFolder()
    var objective = LinearRegression()
    objective.settling = .linear(from: 0, to: 1, steps: 3 * 7)
    var best: [Bool] = []
    var options = TrainingOptions(epochs: 6, optimizer: .sgd(learningRate: 0))
    options.earlyStopping = EarlyStoppingOptions(patience: 2, minimumImprovement: 1e-6)
    let summary = try Trainer(options).fit(
      objective, training: training, validation: isValidated ? validation : nil,
      in: RunFolder(folder.path)
    ) { event in
      if case .epochEnded(let epoch) = event { best.append(epoch.isBest) }
    }
    // Three epochs are unsettled, the fourth is the first that counts; weights never change.
    #expect(best.prefix(4) == [true, true, true, true])
    #expect(summary.bestEpoch.map { $0 >= 4 } == true)
    #expect(summary.epochs == 6 && summary.ending == .completed)
  }

  @Test func warnsOfParametersNothingReaches() throws {
    struct Extra: Objective {
      let model = LinearRegression()
      let unused = Parameter(Tensor.zeros([2]))
      var parts: KeyValuePairs<String, any ModulePart> { ["model": model, "unused": unused] }
      func loss(on batch: Batch<[Tensor]>, _ context: inout Context) -> Loss {
        model.loss(on: batch, &context)
      }
    }
    let folder = try TemporaryFolder()
    var warnings: [String] = []
    try Trainer(TrainingOptions(epochs: 1)).fit(
      Extra(), training: training, in: RunFolder(folder.path)
    ) { event in
      if case .warning(let text) = event { warnings.append(text) }
    }
    #expect(warnings == ["no gradient reaches unused"])
    // A file of weights holds the model alone, under its own names.
    let saved = try SafeTensors(contentsOf: RunFolder(folder.path).model)
    #expect(saved.names == ["weight", "bias"])
  }

  @Test func writesOneLineForEachPart() throws {
    let folder = try TemporaryFolder()
    try Trainer(TrainingOptions(epochs: 2)).fit(
      LinearRegression(), training: training, validation: validation, in: RunFolder(folder.path))
    let text = String(
      decoding: try #require(contents(RunFolder(folder.path).metrics)), as: UTF8.self)
    let lines = text.split(separator: "\n")
    #expect(lines.count == 4)
    for (i, line) in lines.enumerated() {
      let value = try JSONReader.read(Array(line.utf8)[...])
      guard case .object(let members) = value else { continue }
      let split = i % 2 == 0 ? "train" : "validation"
      #expect(value["epoch"]?.integer == i / 2 + 1)
      #expect(value["step"]?.integer == 7 * (i / 2 + 1))
      #expect(value["split"]?.text == split)
      let names = [
        "epoch", "step", "split", "loss", "squares", "seconds", "examples_per_second",
      ]
      #expect(members.map(\.name) == (i % 2 == 0 ? names + ["learning_rate"] : names))
    }
  }

  @Test func anEmptyValidationSetIsNone() throws {
    let summary = try Trainer(TrainingOptions(epochs: 2)).fit(
      LinearRegression(), training: training,
      validation: PlanePoints(count: 0, batchSize: 8))
    #expect(summary.last?.validation == nil)
    #expect(summary.bestValue == summary.last?.train.loss)
  }

  @Test func aSourceThatEndsEarlyIsToldApart() {
    struct Short: BatchSource {
      let whole = PlanePoints(count: 50, batchSize: 8)
      var exampleCount: Int { 50 }
      var batchCount: Int { 9 }
      func batches(epoch: Int, startingAt start: Int) -> BatchIterator<Batch<[Tensor]>> {
        whole.batches(epoch: epoch, startingAt: start)
      }
    }
    let error = #expect(throws: TrainingError.self) {
      try Trainer().fit(LinearRegression(), training: Short())
    }
    #expect(error?.description.contains("batch 7 of 9") == true)
    #expect(throws: TrainingError.self) {
      try Trainer().fit(LinearRegression(), training: PlanePoints(count: 0, batchSize: 8))
    }
  }
}
