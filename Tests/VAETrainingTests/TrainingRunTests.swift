import Foundation
import Layers
import TensorCore
import Testing
import VAECore
import VAETraining

@Suite struct TrainingRunTests {
  private let training = PlanePoints(count: 50, batchSize: 8)

  @Test func eventsComeInOrderAndTheModelComesBack() async throws {
    let run = Trainer(TrainingOptions(epochs: 3)).start(LinearRegression(), training: training)
    var names: [String] = []
    var steps: [Int] = []
    for try await event in run {
      switch event {
      case .started(let plan):
        names.append("started")
        #expect(plan.stepsPerEpoch == 7)
        #expect(plan.parameterCount == 4)
      case .step(let report): steps.append(report.step)
      case .epochEnded(let summary): names.append("epoch \(summary.epoch)")
      case .finished(let summary): names.append("finished \(summary.ending)")
      case .checkpointed, .profiled, .warning: names.append("something else")
      }
    }
    #expect(names == ["started", "epoch 1", "epoch 2", "epoch 3", "finished completed"])
    // Steps may be missed, but not told twice or out of order.
    #expect(steps == steps.sorted() && Set(steps).count == steps.count && !steps.isEmpty)
    let trained = try await run.finish()
    let reference = LinearRegression()
    try Trainer(TrainingOptions(epochs: 3)).fit(reference, training: training)
    #expect(trained.weight.value == reference.weight.value)
  }

  @Test func everyEventIsHeardOnOneThread() async throws {
    final class Heard: @unchecked Sendable {
      var steps = 0
      var threads: Set<UInt> = []
    }
    let heard = Heard()
    let run = Trainer(TrainingOptions(epochs: 3)).start(LinearRegression(), training: training) {
      event, objective in
      heard.threads.insert(UInt(pthread_self()))
      if case .step = event { heard.steps += 1 }
      #expect(objective.weight.count == 3)
    }
    _ = try await run.finish()
    #expect(heard.steps == 21)
    #expect(heard.threads.count == 1)
  }

  enum Way: CaseIterable {
    case run
    case task
  }

  @Test(arguments: Way.allCases) func cancellingEndsInGoodOrder(by way: Way) async throws {
    let folder = try TemporaryFolder()
    let whole = try TemporaryFolder()
    let options = TrainingOptions(epochs: 4)
    try Trainer(options).fit(LinearRegression(), training: training, in: RunFolder(whole.path))
    let cancelled = DispatchSemaphore(value: 0)
    let run = Trainer(options).start(
      LinearRegression(), training: training, in: RunFolder(folder.path)
    ) { event, _ in
      if case .epochEnded(let summary) = event, summary.epoch == 2 { cancelled.wait() }
    }
    let reader = Task {
      var last: TrainingSummary?
      for try await event in run {
        switch event {
        case .epochEnded(let summary) where summary.epoch == 1:
          if way == .run { run.cancel() } else { withUnsafeCurrentTask { $0?.cancel() } }
          cancelled.signal()
        case .finished(let summary): last = summary
        default: break
        }
      }
      return last
    }
    let summary = try #require(try await reader.value)
    #expect(summary.ending == .stopped)
    #expect(summary.epochs <= 2)
    _ = try await run.finish()
    try Trainer(options).fit(
      LinearRegression(), training: training, in: RunFolder(folder.path), resume: true)
    #expect(
      contents(RunFolder(folder.path).checkpoint) == contents(RunFolder(whole.path).checkpoint))
  }

  @Test func errorsReachTheReaderAndTheOneWhoWaits() async throws {
    var objective = LinearRegression()
    objective.breaks = (step: 3, factor: .nan)
    let run = Trainer().start(objective, training: training)
    await #expect(throws: TrainingError.self) { for try await _ in run {} }
    await #expect(throws: TrainingError.self) { _ = try await run.finish() }
  }

  @Test func anErrorOfACallbackEndsTheRun() {
    struct Enough: Error {}
    var steps = 0
    #expect(throws: Enough.self) {
      try Trainer().fit(LinearRegression(), training: training) { event in
        if case .step(let report) = event {
          steps = report.step
          if steps == 5 { throw Enough() }
        }
      }
    }
    #expect(steps == 5)
  }

  @Test func aCallbackMayStop() throws {
    let stop = StopFlag()
    let summary = try Trainer().fit(LinearRegression(), training: training, stop: stop) { event in
      if case .epochEnded(let summary) = event, summary.epoch == 2 { stop.stop() }
    }
    #expect(summary.ending == .stopped)
    #expect(summary.epochs == 2)
    #expect(summary.last?.epoch == 2)
  }
}
