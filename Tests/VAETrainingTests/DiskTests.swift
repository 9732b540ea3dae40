import Foundation
import TensorCore
import Testing
import VAETraining

/// The names in a folder.
private func names(_ path: String) -> Set<String> {
  Set((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? [])
}

private func limitFileSize(to bytes: UInt) {
  signal(SIGXFSZ, SIG_IGN)
  var limit = rlimit(rlim_cur: bytes, rlim_max: bytes)
  setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
}

@Suite struct DiskTests {
  private let training = PlanePoints(count: 50, batchSize: 8)

  /// The limit on a file's size stands for a disk that fills up in the middle of a write.
  @Test func aFullDiskLeavesTheEarlierFile() async throws {
    let folder = try TemporaryFolder()
    let path = "\(folder.path)/weights.safetensors"
    var file = SafeTensors()
    file["a"] = Tensor.zeros([8])
    try file.write(to: path)
    let before = contents(path)
    await #expect(processExitsWith: .exitCode(42)) { [path = path as String] in
      limitFileSize(to: 4096)
      var file = SafeTensors()
      file["a"] = Tensor.zeros([10_000])
      do throws(CheckpointError) {
        try file.write(to: path)
        exit(1)
      } catch {
        let text = error.description
        let isClear = text.hasPrefix("\(path) cannot be written: ") && text.contains("too large")
        exit(error.kind == .unwritable && isClear ? 42 : 2)
      }
    }
    #expect(contents(path) == before)
    #expect(names(folder.path) == ["weights.safetensors"])
  }

  @Test func aDiskThatFillsUpWhileTrainingLeavesTheLastCheckpoint() async throws {
    let (whole, parts) = (try TemporaryFolder(), try TemporaryFolder())
    let options = TrainingOptions(epochs: 40)
    try Trainer(options).fit(LinearRegression(), training: training, in: RunFolder(whole.path))
    let path = parts.path
    await #expect(processExitsWith: .exitCode(42)) { [path = path as String] in
      // Checkpoints fit, but the curves outgrow the limit.
      limitFileSize(to: 3000)
      do {
        try Trainer(TrainingOptions(epochs: 40)).fit(
          LinearRegression(), training: PlanePoints(count: 50, batchSize: 8), in: RunFolder(path))
        exit(1)
      } catch let error as CheckpointError {
        exit(error.kind == .unwritable && error.path.hasSuffix("metrics.jsonl") ? 42 : 2)
      }
    }
    let checkpoint = try SafeTensors(contentsOf: RunFolder(path).checkpoint)
    let epochs = Int(checkpoint.metadata["epoch"] ?? "") ?? 0
    #expect(epochs > 5 && curves(RunFolder(path).metrics).count == epochs)
    try Trainer(options).fit(
      LinearRegression(), training: training, in: RunFolder(path), resume: true)
    #expect(contents(RunFolder(path).checkpoint) == contents(RunFolder(whole.path).checkpoint))
    #expect(curves(RunFolder(path).metrics) == curves(RunFolder(whole.path).metrics))
  }

  @Test func placesThatCannotBeWrittenAreTold() throws {
    let folder = try TemporaryFolder()
    put([1], at: "\(folder.path)/file")
    for path in ["\(folder.path)/file", "\(folder.path)/file/run", "/proc/none/run"] {
      let error = #expect(throws: CheckpointError.self) {
        try Trainer(TrainingOptions(epochs: 1)).fit(
          LinearRegression(), training: training, in: RunFolder(path))
      }
      #expect(error?.kind == .unwritable, "\(path)")
    }
    #expect(contents("\(folder.path)/file") == [1])
    // A folder where the file belongs.
    let error = #expect(throws: CheckpointError.self) { try SafeTensors().write(to: folder.path) }
    #expect(error?.kind == .unwritable)
    #expect(names(folder.path) == ["file"])
  }

  @Test func twoRunsDoNotShareAFolder() throws {
    let folder = try TemporaryFolder()
    let run = RunFolder(folder.path)
    var inner: CheckpointError?
    try Trainer(TrainingOptions(epochs: 1)).fit(LinearRegression(), training: training, in: run) {
      event in
      guard case .started = event else { return }
      inner = #expect(throws: CheckpointError.self) {
        try Trainer(TrainingOptions(epochs: 1)).fit(
          LinearRegression(), training: training, in: run)
      }
    }
    #expect(inner?.description.contains("another process is training in this folder") == true)
  }

  /// What somebody does to the folder of a run under way, and what is said of it.
  enum Loss: CaseIterable {
    case deleted, moved, half, replaced

    func happen(to path: String) throws {
      let files = FileManager.default
      switch self {
      case .deleted: try files.removeItem(atPath: path)
      case .moved: try files.moveItem(atPath: path, toPath: path + "-elsewhere")
      case .half: try files.removeItem(atPath: path + "/metrics.jsonl")
      case .replaced:
        try files.moveItem(atPath: path, toPath: path + "-elsewhere")
        try files.createDirectory(atPath: path, withIntermediateDirectories: false)
        put([1], at: path + "/metrics.jsonl")
      }
    }

    var left: Set<String> { self == .replaced ? ["metrics.jsonl"] : [] }
    var words: String { self == .replaced ? "another folder took its place" : "deleted or moved" }
  }

  @Test(arguments: Loss.allCases, [1, 7, 9])
  func aFolderThatIsGoneEndsTraining(loss: Loss, step lost: Int) throws {
    let folder = try TemporaryFolder()
    let path = "\(folder.path)/run"
    var steps = 0
    let error = #expect(throws: CheckpointError.self) {
      try Trainer(TrainingOptions(epochs: 100)).fit(
        LinearRegression(), training: training, in: RunFolder(path)
      ) { event in
        guard case .step(let step) = event else { return }
        steps = step.step
        if steps == lost { try loss.happen(to: path) }
      }
    }
    #expect(error?.kind == .unwritable && error?.path == path)
    #expect(error?.description.contains(loss.words) == true, "\(error?.description ?? "")")
    // Nothing came back, and nobody trained on for nothing.
    #expect(steps <= lost + 7)
    if loss == .half {
      #expect(!names(path).contains("metrics.jsonl"))
    } else {
      #expect(names(path) == loss.left)
    }
  }

  /// A file that cannot be written since its folder went away is said as the folder's end.
  @Test func theFolderIsNamedBeforeItsFiles() throws {
    let folder = try TemporaryFolder()
    let path = "\(folder.path)/run"
    let error = #expect(throws: CheckpointError.self) {
      try Trainer(TrainingOptions(epochs: 2)).fit(
        LinearRegression(), training: training, in: RunFolder(path)
      ) { event in
        guard case .epochEnded = event else { return }
        try FileManager.default.removeItem(atPath: path)
        try SafeTensors().write(to: "\(path)/own.safetensors")
      }
    }
    #expect(error?.path == path)
  }

  @Test func aStageBringsBackNoRun() throws {
    let folder = try TemporaryFolder()
    let run = RunFolder("\(folder.path)/run")
    #expect(throws: CheckpointError.self) { try run.stage("prior").create() }
    #expect(names(folder.path).isEmpty)
    try run.create()
    try run.stage("prior").create()
    #expect(names("\(run.path)/stages") == ["prior"])
  }

  /// Whoever may do anything may write into a folder that nobody may write into.
  @Test(.enabled(if: geteuid() != 0)) func aFolderThatBecomesReadOnlyIsTold() throws {
    let folder = try TemporaryFolder()
    defer { chmod(folder.path, 0o755) }
    let error = #expect(throws: CheckpointError.self) {
      try Trainer(TrainingOptions(epochs: 2)).fit(
        LinearRegression(), training: training, in: RunFolder(folder.path)
      ) { event in
        if case .step = event { chmod(folder.path, 0o555) }
      }
    }
    #expect(error?.kind == .unwritable && error?.description.contains("check who may") == true)
  }

  @Test func whatACrashLeavesBehindIsTakenUp() throws {
    let folder = try TemporaryFolder()
    put([1, 2, 3], at: "\(folder.path)/.a.safetensors.tmp")
    try SafeTensors().write(to: "\(folder.path)/a.safetensors")
    #expect(names(folder.path) == ["a.safetensors"])
  }
}
