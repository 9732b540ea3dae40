import Layers
import TensorCore
import Testing
import VAECore
import VAETraining

@Suite struct TrainerTests {
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

  @Test func resumesBitForBit() throws {
    let options = TrainingOptions(epochs: 4, optimizer: .adam(learningRate: 0.05))
    let training = PlanePoints(count: 50, batchSize: 8)
    let validation = PlanePoints(count: 20, batchSize: 8, seed: 6)
    func train(_ path: String, resume: Bool = false, stopAt: Int? = nil) throws {
      let stop = StopFlag()
      try Trainer(options).fit(
        LinearRegression(), training: training, validation: validation, in: RunFolder(path),
        resume: resume, stop: stop
      ) { event in
        if case .step(let report) = event, report.step == stopAt { stop.stop() }
      }
    }
    let whole = try TemporaryFolder()
    try train(whole.path)
    for stopAt in [1, 6, 7, 8, 20] {
      let parts = try TemporaryFolder()
      try train(parts.path, stopAt: stopAt)
      try train(parts.path, resume: true)
      #expect(curves(RunFolder(parts.path).metrics) == curves(RunFolder(whole.path).metrics))
      #expect(contents(RunFolder(parts.path).model) == contents(RunFolder(whole.path).model))
    }
  }
}
