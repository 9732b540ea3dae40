internal import TensorCore
internal import VAECore

// What a checkpoint keeps of a player, beside the tensors of its optimizer.

extension Seat {
  /// By names that belong to the player.
  var metadata: [String: String] {
    var texts = [
      "optimizer": optimizer.options.name.rawValue,
      "step": "\(optimizer.stepCount)",
      "last_loss": "\(lastLoss)",
      "loss_sum": "\(averages.lossSum)",
      "loss_count": "\(averages.exampleCount)",
      "sum_names": averages.sums.map(\.name).joined(separator: ","),
      "sums": averages.sums.map { "\($0.sum)" }.joined(separator: ","),
      "sum_counts": averages.sums.map { "\($0.exampleCount)" }.joined(separator: ","),
      "plateau_rate": "\(schedule.plateau.rate)",
      "plateau_best": "\(schedule.plateau.best)",
      "plateau_bad_epochs": "\(schedule.plateau.badEpochs)",
      "plateau_cooldown": "\(schedule.plateau.cooldown)",
    ]
    guard let ahead else { return texts }
    texts["ahead"] = "\(ahead.isUnderWay)"
    texts["ahead_epoch"] = "\(ahead.epoch)"
    texts["ahead_batch"] = "\(ahead.batch)"
    texts["ahead_steps_in_epoch"] = "\(ahead.stepsInEpoch)"
    if let measure = ahead.lastMeasure { texts["ahead_measure"] = "\(measure)" }
    return texts
  }

  /// Takes up what the player remembered; `state` gives the tensor of a name.
  mutating func restore(
    _ values: CheckpointValues, _ state: (String, Shape) throws(CheckpointError) -> Tensor
  ) throws(CheckpointError) {
    try values.expect(
      "optimizer", optimizer.options.name.rawValue, "the optimizer of '\(player.name)'")
    try optimizer.restore(names, stepCount: try values.number("step"), state)
    lastLoss = try values.number("last_loss")
    let terms: [String] = try values.list("sum_names")
    let (sums, counts): ([Double], [Int]) = (try values.list("sums"), try values.list("sum_counts"))
    averages = RunningAverages(
      lossSum: try values.number("loss_sum"), exampleCount: try values.number("loss_count"),
      sums: zip(terms, zip(sums, counts)).map { .init(name: $0, sum: $1.0, exampleCount: $1.1) })
    schedule.plateau.rate = try values.number("plateau_rate")
    schedule.plateau.best = try values.number("plateau_best")
    schedule.plateau.badEpochs = try values.number("plateau_bad_epochs")
    schedule.plateau.cooldown = try values.number("plateau_cooldown")
    guard ahead != nil else { return }
    ahead?.isUnderWay = try values.number("ahead")
    ahead?.epoch = try values.number("ahead_epoch")
    ahead?.batch = try values.number("ahead_batch")
    ahead?.stepsInEpoch = try values.number("ahead_steps_in_epoch")
    ahead?.lastMeasure = try values.optionalNumber("ahead_measure")
  }
}
