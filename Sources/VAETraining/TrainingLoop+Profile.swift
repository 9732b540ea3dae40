internal import TensorCore
internal import VAECore

// Which steps are profiled, and what is kept of them.

extension TrainingLoop {
  /// Takes a step; its kernels are timed if it is one of those that are profiled.
  mutating func takeWatchedStep(_ batches: BatchIterator<O.Batch>) throws -> StepReport {
    guard let profiler, !profiler.isOver else { return try takeStep(batches) }
    profiler.openIfDue(isSteady: passes.areSteady || profiler.hasWaited)
    let written = passes.writtenCount
    defer { profiler.stepsTaken += 1 }
    guard let profile = profiler.profile else { return try takeStep(batches) }
    let start = profile.now
    let taken = try profile.watch { try takeStep(batches) }
    let seconds = profile.now - start
    profiler.add(
      ProfileReport.Step(
        number: taken.step, start: start, seconds: seconds,
        isCaptured: passes.writtenCount == written))
    return taken
  }

  /// Writes the profile where the run has a folder, and reports it.
  func endProfile(_ report: Report) throws {
    guard let profiler, !profiler.isOver else { return }
    guard let found = profiler.end(whyNotCaptured: passes.obstacle) else {
      return try report(.warning("no step was left to profile"))
    }
    if let folder {
      // Training is worth more than its profile.
      do throws(CheckpointError) {
        try requireFolder()
        try found.write(to: folder)
      } catch {
        return try report(.warning("the profile is lost: \(error)"))
      }
    }
    try report(.profiled(found))
  }
}

/// Chooses the steps to profile, and keeps what they took.
final class StepProfiler {
  /// Steps that a run waits for its passes to be captured.
  private static let patience = 100

  private let request: ProfileRequest
  /// Steps of this run before the first that is profiled: at least, and at most.
  private var earliest = 0
  private var latest = 0
  private var steps: [ProfileReport.Step] = []
  /// What watches the steps, from the first that is profiled.
  private(set) var profile: Profile?
  private(set) var isOver = false
  /// Steps of this run so far.
  var stepsTaken = 0

  init(_ request: ProfileRequest) { self.request = request }

  /// Plans for a run of so many steps: one that is short is profiled in its second half.
  func begin(stepsLeft: Int) {
    earliest = min(request.warmUp, stepsLeft / 2)
    latest = max(stepsLeft - request.steps, earliest)
  }

  var hasWaited: Bool { stepsTaken - earliest >= Self.patience }

  func openIfDue(isSteady: Bool) {
    guard profile == nil, stepsTaken >= earliest, isSteady || stepsTaken >= latest else { return }
    profile = Profile()
  }

  func add(_ step: ProfileReport.Step) { steps.append(step) }

  /// Whether every step that was asked for has been taken.
  var isFull: Bool { !isOver && steps.count >= request.steps }

  /// What was found; nil where no step was profiled.
  func end(whyNotCaptured: String) -> ProfileReport? {
    isOver = true
    defer { profile = nil }
    guard let profile, !steps.isEmpty else { return nil }
    return ProfileReport(
      steps: steps, entries: profile.entries, threadCount: Threads.count,
      obstacle: steps.allSatisfy(\.isCaptured) ? nil : whyNotCaptured)
  }
}
