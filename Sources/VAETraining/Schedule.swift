internal import Glibc

extension ScheduleOptions {
  /// Whether rates depend on how many epochs a run has.
  var endsWithTheRun: Bool { name == .cosine && length == nil }
}

/// A schedule at work: the learning rate of each step.
struct Schedule {
  let options: ScheduleOptions
  /// The optimizer's rate.
  let rate: Double
  /// Periods over which a cosine falls.
  let length: Int
  /// What a plateau schedule remembers.
  var plateau: Plateau

  init(_ options: ScheduleOptions, rate: Double, epochs: Int, stepsPerEpoch: Int) {
    self.options = options
    self.rate = rate
    length = options.length ?? (options.per == .epoch ? epochs : epochs * stepsPerEpoch)
    plateau = Plateau(rate: rate)
  }

  /// The learning rate of a step of an epoch, both counted from 0.
  func rate(step: Int, epoch: Int) -> Double {
    let count = options.per == .epoch ? epoch : step
    let rate: Double
    switch options.name {
    case .constant: rate = self.rate
    case .step: rate = self.rate * power(options.gamma, count / options.stepSize)
    case .exponential: rate = self.rate * power(options.gamma, count)
    case .cosine:
      let progress = Double(min(count, length)) / Double(max(length, 1))
      let share = (1 + cos(Double.pi * progress)) / 2
      rate = options.minimumRate + (self.rate - options.minimumRate) * share
    case .plateau: rate = plateau.rate
    }
    guard step < options.warmUpSteps else { return rate }
    let risen = Double(step) / Double(options.warmUpSteps)
    return rate * (options.warmUpStart + (1 - options.warmUpStart) * risen)
  }

  /// Hears the loss of an epoch.
  mutating func epochEnded(loss: Double) {
    if options.name == .plateau { plateau.hear(loss, options) }
  }
}

/// Lowers a rate when the loss stays level.
struct Plateau: Equatable {
  var rate: Double
  var best = Double.infinity
  var badEpochs = 0
  var cooldown = 0

  mutating func hear(_ loss: Double, _ options: ScheduleOptions) {
    if best == .infinity || loss < best - abs(best) * options.threshold {
      best = loss
      badEpochs = 0
    } else {
      badEpochs += 1
    }
    if cooldown > 0 {
      cooldown -= 1
      badEpochs = 0
    }
    guard badEpochs > options.patience else { return }
    let lower = max(rate * options.factor, options.minimumRate)
    // PyTorch leaves a rate alone that would hardly change.
    if rate - lower > 1e-8 { rate = lower }
    cooldown = options.cooldown
    badEpochs = 0
  }
}
