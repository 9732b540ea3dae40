import TensorCore
import Testing

@testable import VAETraining

private func options(
  _ name: ScheduleOptions.Name, _ change: (inout ScheduleOptions) -> Void
) -> ScheduleOptions {
  var options = ScheduleOptions(name)
  change(&options)
  return options
}

private let cases: [String: ScheduleOptions] = [
  "step": .step(size: 7, gamma: 0.3),
  "exponential": .exponential(gamma: 0.9),
  "cosine": options(.cosine) { ($0.length, $0.minimumRate) = (39, 0.001) },
  "warm_up": .constant.warmingUp(steps: 8, from: 0.1),
  "warm_up_exponential": .exponential(gamma: 0.9).warmingUp(steps: 8, from: 0.1),
  "plateau": options(.plateau) {
    ($0.factor, $0.patience, $0.cooldown) = (0.5, 1, 1)
    ($0.threshold, $0.minimumRate) = (0.01, 0.002)
  },
  "plateau_default": .plateau(patience: 2),
]

@Suite struct ScheduleTests {
  @Test(arguments: cases.keys.sorted()) func followsPyTorch(name: String) throws {
    let golden = try golden("schedules")
    let expected = try #require(golden[name]).doubles
    let losses = try #require(golden["losses"]).doubles
    var schedule = Schedule(
      try #require(cases[name]), rate: 0.1, epochs: expected.count, stepsPerEpoch: 1)
    for (i, golden) in expected.enumerated() {
      let rate = schedule.rate(step: i, epoch: i)
      #expect(abs(rate - golden) <= 1e-12, "\(name) at \(i): \(rate), not \(golden)")
      schedule.epochEnded(loss: losses[i])
    }
    #expect(Set(expected).count > 1)
  }

  @Test func countsStepsWhereAsked() {
    let perStep = Schedule(.cosine(), rate: 1, epochs: 2, stepsPerEpoch: 10)
    #expect(perStep.rate(step: 0, epoch: 0) == 1)
    #expect(abs(perStep.rate(step: 10, epoch: 1) - 0.5) < 1e-12)
    #expect(abs(perStep.rate(step: 20, epoch: 2)) < 1e-12)
    // Beyond its end a cosine stays down.
    #expect(abs(perStep.rate(step: 30, epoch: 3)) < 1e-12)
    let perEpoch = Schedule(.step(size: 2, gamma: 0.5), rate: 1, epochs: 9, stepsPerEpoch: 10)
    #expect(perEpoch.rate(step: 19, epoch: 1) == 1)
    #expect(perEpoch.rate(step: 20, epoch: 2) == 0.5)
  }

  @Test func aPlateauBelowZeroNeedsARealImprovement() {
    let options = ScheduleOptions.plateau(factor: 0.5, patience: 0)
    var schedule = Schedule(options, rate: 1, epochs: 9, stepsPerEpoch: 1)
    for _ in 0..<2 { schedule.epochEnded(loss: -100) }
    #expect(schedule.rate(step: 0, epoch: 0) == 0.5)
  }
}
