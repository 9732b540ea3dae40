import Foundation
import Testing
import VAETraining

/// Sends a signal to the whole process, as a terminal does, and waits until `isHeard`.
private func send(_ signal: Int32, until isHeard: () -> Bool) {
  kill(getpid(), signal)
  for _ in 0..<10_000 where !isHeard() { usleep(1000) }
}

@Suite struct InterruptTests {
  @Test(arguments: [SIGINT, SIGTERM]) func theFirstSignalRaisesTheFlag(signal: Int32) async {
    await #expect(processExitsWith: .exitCode(42)) { [signal = signal as Int32] in
      let flag = StopFlag.raisedBySignals()
      guard !flag.isStopped, flag.signal == nil else { exit(1) }
      send(signal) { flag.isStopped }
      exit(flag.isStopped && flag.signal == signal ? 42 : 2)
    }
  }

  @Test(arguments: [SIGINT, SIGTERM]) func theSecondEndsTheProcess(signal: Int32) async {
    await #expect(processExitsWith: .signal(signal)) { [signal = signal as Int32] in
      let flag = StopFlag.raisedBySignals()
      send(signal) { flag.isStopped }
      send(signal) { false }
      exit(42)
    }
  }

  @Test func ctrlCLeavesACheckpointToResumeFrom() async throws {
    let (whole, parts) = (try TemporaryFolder(), try TemporaryFolder())
    let training = PlanePoints(count: 50, batchSize: 8)
    let options = TrainingOptions(epochs: 3)
    try Trainer(options).fit(LinearRegression(), training: training, in: RunFolder(whole.path))
    let path = parts.path
    await #expect(processExitsWith: .exitCode(42)) { [path = path as String] in
      let flag = StopFlag.raisedBySignals()
      let summary = try Trainer(TrainingOptions(epochs: 3)).fit(
        LinearRegression(), training: PlanePoints(count: 50, batchSize: 8), in: RunFolder(path),
        stop: flag
      ) { event in
        if case .step(let report) = event, report.step == 10 {
          send(SIGINT) { flag.isStopped }
        }
      }
      exit(summary.steps == 10 && summary.ending == .stopped ? 42 : 1)
    }
    try Trainer(options).fit(
      LinearRegression(), training: training, in: RunFolder(path), resume: true)
    for file in ["checkpoint.safetensors", "model.safetensors"] {
      #expect(contents("\(path)/\(file)") == contents("\(whole.path)/\(file)"))
    }
  }
}
