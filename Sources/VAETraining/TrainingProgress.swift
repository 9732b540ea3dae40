/// Where a run stands between two steps, apart from weights and optimizer.
struct TrainingProgress: Equatable {
  /// Whole epochs trained.
  var epoch = 0
  /// Batches of the epoch that were trained on.
  var batch = 0
  /// Steps of the run.
  var step = 0
  /// How long the epoch's batches took so far.
  var seconds = 0.0
  /// The lowest of what is monitored and its epoch, counted from 1.
  var best: Double?
  var bestEpoch: Int?
  /// What early stopping compares with, and the epochs that did not get below.
  var reference = Double.infinity
  var badEpochs = 0

  /// Hears what is monitored of an epoch, the lower the better; tells whether its weights are the
  /// best.
  ///
  /// What is not `settled` cannot be compared: the newest weights are the best so far.
  mutating func hear(_ value: Double, settled: Bool, _ options: EarlyStoppingOptions?) -> Bool {
    guard settled else {
      (best, bestEpoch) = (nil, epoch + 1)
      return true
    }
    if value < reference - (options?.minimumImprovement ?? 0) {
      reference = value
      badEpochs = 0
    } else {
      badEpochs += 1
    }
    if let best, value >= best { return false }
    (best, bestEpoch) = (value, epoch + 1)
    return true
  }

  /// Whether too many epochs brought no improvement.
  func stopsEarly(_ options: EarlyStoppingOptions?) -> Bool {
    options.map { badEpochs >= $0.patience } ?? false
  }

  mutating func nextEpoch() {
    epoch += 1
    batch = 0
    seconds = 0
  }
}

/// Measures how long something takes, over interruptions too.
struct Stopwatch {
  private let start = ContinuousClock.now
  private let before: Double

  /// Goes on from `seconds`.
  init(_ seconds: Double = 0) { before = seconds }

  var seconds: Double {
    let (seconds, attoseconds) = start.duration(to: .now).components
    return before + Double(seconds) + Double(attoseconds) * 1e-18
  }
}
