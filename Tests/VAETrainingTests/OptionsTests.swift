import Foundation
import Testing
import VAECore
import VAETraining

private func decode(_ json: String) throws -> TrainingOptions {
  try JSONDecoder().decode(TrainingOptions.self, from: Data(json.utf8))
}

@Suite struct OptionsTests {
  @Test func whatIsLeftOutHasItsDefault() throws {
    #expect(try decode("{}") == TrainingOptions())
    let options = try decode(
      #"""
      {"epochs": 3, "optimizer": {"name": "sgd", "momentum": 0.9, "nesterov": true},
       "schedule": {"name": "cosine", "per": "step", "warm_up_steps": 5},
       "early_stopping": {"patience": 2}, "clip_norm": 1, "ema_decay": 0.99}
      """#)
    var expected = TrainingOptions(
      epochs: 3, optimizer: .sgd(momentum: 0.9, nesterov: true),
      schedule: .cosine().warmingUp(steps: 5))
    expected.earlyStopping = EarlyStoppingOptions(patience: 2)
    (expected.clipNorm, expected.emaDecay) = (1, 0.99)
    #expect(options == expected)
  }

  @Test(arguments: OptimizerOptions.Name.allCases, ScheduleOptions.Name.allCases)
  func whatIsWrittenReadsBack(
    optimizer: OptimizerOptions.Name, schedule: ScheduleOptions.Name
  ) throws {
    var options = TrainingOptions(epochs: 7, batchSize: 3, seed: .max)
    options.optimizer = OptimizerOptions(optimizer)
    options.optimizer.learningRate = 0.125
    options.optimizer.weightLimit = 0.5
    options.schedule = ScheduleOptions(schedule).warmingUp(steps: 3)
    options.checkpointEvery = 5
    options.earlyStopping = EarlyStoppingOptions(patience: 4, minimumImprovement: 0.5)
    let data = try JSONEncoder().encode(options)
    #expect(try JSONDecoder().decode(TrainingOptions.self, from: data) == options)
  }

  @Test(arguments: [
    (#"{"optimizer": {"name": "adam", "momentum": 0.9}}"#, "the optimizer adam has no momentum"),
    (#"{"optimizer": {"name": "sgd", "beta1": 0.9}}"#, "learning_rate, momentum, dampening"),
    (#"{"schedule": {"name": "cosine", "gamma": 0.9}}"#, "the schedule cosine has no gamma"),
  ])
  func aKeyOfAnotherMethodIsAnError(json: String, because: String) {
    let error = #expect(throws: DecodingError.self) { try decode(json) }
    guard case .dataCorrupted(let context)? = error else {
      Issue.record("another error: \(String(describing: error))")
      return
    }
    #expect(context.debugDescription.contains(because))
  }

  @Test func defaultsArePyTorchs() {
    let rates = OptimizerOptions.Name.allCases.map { OptimizerOptions($0).learningRate }
    #expect(rates == [1e-3, 1e-3, 2e-3, 1e-2, 1e-3])
    #expect(OptimizerOptions(.adamw).weightDecay == 1e-2)
    #expect(OptimizerOptions(.adam).weightDecay == 0)
  }
}
