import Foundation
import Layers
import TensorCore
import Testing
import VAECore
import VAETraining

/// Trains in `path` with everything that has a state; ends the process before `killAt` is reported.
private func train(
  _ path: String, resume: Bool = false, stopAt: Int? = nil, killAt: Int? = nil,
  change: (inout TrainingOptions) -> Void = { _ in }
) throws {
  var options = TrainingOptions(
    epochs: 5, optimizer: .adam(learningRate: 0.05),
    schedule: .plateau(factor: 0.5, patience: 0).warmingUp(steps: 4))
  options.emaDecay = 0.9
  options.accumulate = 2
  options.clipNorm = 3
  options.checkpointEvery = 3
  options.earlyStopping = EarlyStoppingOptions(patience: 4)
  change(&options)
  let stop = StopFlag()
  try Trainer(options).fit(
    LinearRegression(), training: PlanePoints(count: 50, batchSize: 8),
    validation: PlanePoints(count: 20, batchSize: 8, seed: 6), in: RunFolder(path),
    resume: resume, stop: stop
  ) { event in
    guard case .step(let report) = event else { return }
    if report.step == stopAt { stop.stop() }
    if report.step == killAt { kill(getpid(), SIGKILL) }
  }
}

private func expectSameRun(_ a: String, _ b: String) throws {
  let (a, b) = (RunFolder(a), RunFolder(b))
  #expect(curves(a.metrics).count >= 10)
  for (left, right) in [
    (a.metrics, b.metrics), (a.model, b.model), (a.checkpoint, b.checkpoint),
  ] {
    let areEqual =
      left == a.metrics ? curves(left) == curves(right) : contents(left) == contents(right)
    #expect(areEqual, "\(right)")
  }
  // Nothing above can be equal by being absent.
  #expect(try SafeTensors(contentsOf: a.checkpoint).metadata["epoch"] != "0")
  #expect(contents(a.model) != nil)
}

@Suite struct ResumeTests {
  // 7 batches make 4 steps an epoch, 20 in all.
  @Test(arguments: [1, 2, 3, 4, 5, 8, 11, 19, 20]) func afterAStop(step: Int) throws {
    let (whole, parts) = (try TemporaryFolder(), try TemporaryFolder())
    try train(whole.path)
    try train(parts.path, stopAt: step)
    try train(parts.path, resume: true)
    try expectSameRun(whole.path, parts.path)
  }

  @Test func afterManyStops() throws {
    let (whole, parts) = (try TemporaryFolder(), try TemporaryFolder())
    try train(whole.path)
    for step in 1...20 { try train(parts.path, resume: step > 1, stopAt: step) }
    try train(parts.path, resume: true)
    try expectSameRun(whole.path, parts.path)
  }

  @Test func afterBeingKilled() async throws {
    let whole = try TemporaryFolder()
    try train(whole.path)
    for step in [1, 3, 4, 10, 14, 20] {
      let parts = try TemporaryFolder()
      let path = parts.path
      await #expect(processExitsWith: .signal(SIGKILL)) {
        [path = path as String, step = step as Int] in
        try train(path, killAt: step)
      }
      try train(parts.path, resume: true)
      try expectSameRun(whole.path, parts.path)
    }
  }

  /// Killed from outside, at whatever moment that is.
  @Test func afterBeingKilledAnywhere() async throws {
    let whole = try TemporaryFolder()
    try train(whole.path) { $0.epochs = 60 }
    let parts = try TemporaryFolder()
    let path = parts.path
    var delay = 2000
    for _ in 0..<4 {
      await #expect(processExitsWith: .signal(SIGKILL)) {
        [path = path as String, delay = delay as Int] in
        Thread.detachNewThread {
          usleep(UInt32(delay))
          kill(getpid(), SIGKILL)
        }
        while true { try train(path, resume: true) { $0.epochs = 60 } }
      }
      delay = delay * 2 + 137
    }
    try train(parts.path, resume: true) { $0.epochs = 60 }
    try expectSameRun(whole.path, parts.path)
  }

  @Test func checkpointsWithinAnEpochKnowItsTimeSoFar() throws {
    let folder = try TemporaryFolder()
    var options = TrainingOptions(epochs: 1)
    options.checkpointEvery = 2
    var seconds: [Double] = []
    try Trainer(options).fit(
      LinearRegression(), training: PlanePoints(count: 50, batchSize: 8),
      in: RunFolder(folder.path)
    ) { event in
      guard case .checkpointed(let path) = event else { return }
      let file = try SafeTensors(contentsOf: path)
      if file.metadata["batch"] != "0" {
        seconds.append(Double(file.metadata["seconds"] ?? "") ?? 0)
      }
    }
    #expect(seconds.count == 3)
    #expect(zip([0] + seconds, seconds).allSatisfy { $0 < $1 })
  }

  @Test func moreEpochsGoOnWhereAFinishedRunEnded() throws {
    let (whole, parts) = (try TemporaryFolder(), try TemporaryFolder())
    try train(whole.path)
    try train(parts.path) { $0.epochs = 2 }
    try train(parts.path, resume: true)
    try expectSameRun(whole.path, parts.path)
    // And a run that is over stays as it is.
    let before = contents(RunFolder(parts.path).checkpoint)
    try train(parts.path, resume: true)
    #expect(contents(RunFolder(parts.path).checkpoint) == before)
  }

  @Test func halfALineIsTakenAway() throws {
    let (whole, parts) = (try TemporaryFolder(), try TemporaryFolder())
    try train(whole.path)
    try train(parts.path, stopAt: 9)
    let metrics = RunFolder(parts.path).metrics
    put((contents(metrics) ?? []) + Array(#"{"epoch":3,"step":12,"spl"#.utf8), at: metrics)
    try train(parts.path, resume: true)
    try expectSameRun(whole.path, parts.path)
  }

  @Test func withoutACheckpointItStartsFromTheStart() throws {
    let (whole, parts) = (try TemporaryFolder(), try TemporaryFolder())
    try train(whole.path)
    try train(parts.path, resume: true)
    try expectSameRun(whole.path, parts.path)
  }

  @Test func aRunIsNotWrittenOver() throws {
    let folder = try TemporaryFolder()
    try train(folder.path)
    let before = contents(RunFolder(folder.path).checkpoint)
    let error = #expect(throws: CheckpointError.self) { try train(folder.path) }
    #expect(error?.description.contains("already holds a run") == true)
    #expect(contents(RunFolder(folder.path).checkpoint) == before)
  }

  @Test(arguments: [
    ("seed", "the seed was 1 and is now 9"),
    ("accumulate", "the number of batches in a step was 2 and is now 3"),
    ("optimizer", "the optimizer of 'model' was adam and is now sgd"),
  ])
  func otherOptionsAreRefused(option: String, because: String) throws {
    let folder = try TemporaryFolder()
    try train(folder.path, stopAt: 5)
    let before = contents(RunFolder(folder.path).checkpoint)
    let error = #expect(throws: CheckpointError.self) {
      try train(folder.path, resume: true) {
        switch option {
        case "seed": $0.seed = 9
        case "accumulate": $0.accumulate = 3
        default: $0.optimizer = .sgd()
        }
      }
    }
    #expect(error?.kind == .mismatched)
    #expect(error?.description.contains(because) == true, "\(error?.description ?? "")")
    #expect(contents(RunFolder(folder.path).checkpoint) == before)
  }

  @Test func anotherModelIsRefused() throws {
    struct Other: Objective {
      let model = LinearRegression()
      var parts: KeyValuePairs<String, any ModulePart> { ["inner": model] }
      func loss(on batch: Batch<[Tensor]>, _ context: inout Context) -> Loss {
        model.loss(on: batch, &context)
      }
    }
    let folder = try TemporaryFolder()
    let run = RunFolder(folder.path)
    try Trainer(TrainingOptions(epochs: 1)).fit(
      LinearRegression(), training: PlanePoints(count: 9, batchSize: 4), in: run)
    let error = #expect(throws: CheckpointError.self) {
      try Trainer(TrainingOptions(epochs: 2)).fit(
        Other(), training: PlanePoints(count: 9, batchSize: 4), in: run, resume: true)
    }
    #expect(error?.kind == .mismatched)
    #expect(error?.description.contains("inner.weight") == true)
  }

  @Test func aDamagedCheckpointIsToldAndKept() throws {
    let folder = try TemporaryFolder()
    let path = RunFolder(folder.path).checkpoint
    try train(folder.path, stopAt: 5)
    var bytes = try #require(contents(path))
    bytes[bytes.count / 2] ^= 4
    put(bytes, at: path)
    let error = #expect(throws: CheckpointError.self) { try train(folder.path, resume: true) }
    #expect(error?.kind == .damaged)
    #expect(contents(path) == bytes)
  }
}
