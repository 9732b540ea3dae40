internal import VAECore

/// Why a training run ended without reaching its end.
public struct TrainingError: Error, Sendable, Equatable, CustomStringConvertible {
  /// What was wrong, where, and what to do.
  public let description: String

  init(_ description: String) { self.description = description }

  /// A number that is no number any more, where it first appeared.
  static func diverged(
    _ term: String, _ value: Double, step: Int, epoch: Int, checkpoint: String?
  ) -> TrainingError {
    let kept = checkpoint.map { "the last good state is in \($0)" } ?? "nothing was saved"
    return TrainingError(
      "training stopped at step \(step) of epoch \(epoch): \(term) became "
        + "\(value.isNaN ? "NaN" : "infinite"); \(kept); lower the learning rate or set clip_norm")
  }

  /// A source that ended before its last batch.
  static func shortSource(_ batch: Int, of count: Int) -> TrainingError {
    TrainingError(
      "the training data ended at batch \(batch) of \(count); it must give as many as it says")
  }

  /// Something that decides when a player's phase ahead ends, and that nobody measures.
  static func unmeasured(_ name: String, by player: String) -> TrainingError {
    TrainingError(
      "the player '\(player)' goes ahead of the others until '\(name)' falls, but it is not measured "
        + "after each epoch; measure it, or let the player take turns")
  }

  /// Something by which the best epoch is known, and that nobody reports.
  static func unmonitored(_ name: String, among known: [String]) -> TrainingError {
    TrainingError(
      "the best epoch is known by '\(name)', which no pass reports and nobody measures; there are "
        + (["loss"] + known).joined(separator: ", "))
  }

  /// Terms that cannot be told apart.
  static func reportedTwice(_ name: String) -> TrainingError {
    TrainingError("'\(name)' is reported twice in a step; each term needs a name of its own")
  }
}

extension TrainingOptions {
  /// Throws where an option makes no sense, naming it.
  public func validate() throws(TrainingError) {
    func check(_ isFine: Bool, _ key: String, _ rule: String) throws(TrainingError) {
      if !isFine { throw TrainingError("the training option \(key) must be \(rule)") }
    }
    try check(epochs >= 0, "epochs", "0 or more")
    try check(batchSize >= 1, "batch_size", "1 or more")
    try check((0..<1).contains(validationFraction), "validation_fraction", "in [0, 1)")
    try check(accumulate >= 1, "accumulate", "1 or more")
    try check((checkpointEvery ?? 1) >= 1, "checkpoint_every", "1 or more")
    try check((clipNorm ?? 1) > 0, "clip_norm", "more than 0")
    try check((0..<1).contains(emaDecay ?? 0), "ema_decay", "in [0, 1)")
    try check((earlyStopping?.patience ?? 1) >= 1, "early_stopping.patience", "1 or more")
    try check(
      (earlyStopping?.minimumImprovement ?? 0) >= 0, "early_stopping.minimum_improvement",
      "0 or more")
    try optimizer.validate()
    let s = schedule
    try check(s.stepSize >= 1, "schedule.step_size", "1 or more")
    try check(s.gamma > 0, "schedule.gamma", "more than 0")
    try check((s.length ?? 1) >= 1, "schedule.length", "1 or more")
    try check(s.minimumRate >= 0, "schedule.minimum_rate", "0 or more")
    try check(s.factor > 0 && s.factor < 1, "schedule.factor", "between 0 and 1")
    try check(s.patience >= 0, "schedule.patience", "0 or more")
    try check(s.threshold >= 0, "schedule.threshold", "0 or more")
    try check(s.cooldown >= 0, "schedule.cooldown", "0 or more")
    try check(s.warmUpSteps >= 0, "schedule.warm_up_steps", "0 or more")
    try check((0...1).contains(s.warmUpStart), "schedule.warm_up_start", "in [0, 1]")
  }
}

extension OptimizerOptions {
  /// Throws where an option makes no sense, naming it and whose it is.
  func validate(of owner: String? = nil) throws(TrainingError) {
    func check(_ isFine: Bool, _ key: String, _ rule: String) throws(TrainingError) {
      guard !isFine else { return }
      let whose = owner.map { " of \($0)" } ?? ""
      throw TrainingError("the training option optimizer.\(key)\(whose) must be \(rule)")
    }
    try check(learningRate >= 0 && learningRate.isFinite, "learning_rate", "0 or more")
    try check((0..<1).contains(beta1), "beta1", "in [0, 1)")
    try check((0..<1).contains(beta2), "beta2", "in [0, 1)")
    try check((0..<1).contains(alpha), "alpha", "in [0, 1)")
    try check(epsilon >= 0, "epsilon", "0 or more")
    try check(weightDecay >= 0, "weight_decay", "0 or more")
    try check(momentum >= 0, "momentum", "0 or more")
    try check(
      !nesterov || (momentum > 0 && dampening == 0), "nesterov",
      "false without momentum or with dampening")
    try check((weightLimit ?? 1) > 0, "weight_limit", "more than 0")
  }
}
