internal import Layers
internal import SystemFiles
internal import TensorCore
internal import VAECore

// A checkpoint's tensors: "weights." and the name for every parameter and buffer, "optimizer." and
// PyTorch's name of the state, "average." for the moving average. The rest is text in its metadata.

extension TrainingLoop {
  /// Makes the folder ready: for a new run, or with the state of the one that is resumed.
  mutating func open(resume: Bool, _ report: Report) throws {
    guard let folder else {
      if resume { throw TrainingError("there is nothing to resume without a run folder") }
      return
    }
    try folder.create()
    if resume && fileExists(folder.checkpoint) {
      try restore(from: folder.checkpoint)
      // The best weights are gone, so the next are the best there are.
      if !fileExists(folder.model) { progress.bestLoss = nil }
    } else if folder.holdsRun {
      throw CheckpointError(
        .mismatched, folder.path, "it already holds a run; resume that, or choose another folder")
    } else if resume {
      try report(.warning("\(folder.path) holds no checkpoint yet; training starts from the start"))
    }
    log = try MetricsLog(folder.metrics, keepingUpTo: optimizer.stepCount)
  }

  /// Writes the whole state.
  func checkpoint(_ report: Report) throws {
    guard let folder else { return }
    let file = state()
    try check(file)
    try file.write(to: folder.checkpoint)
    try report(.checkpointed(path: folder.checkpoint))
  }

  /// Writes the weights that stand in the model now as the best.
  func saveWeights(_ summary: EpochSummary) throws {
    guard let folder else { return }
    let model = objective.parts.first { $0.key == "model" }?.value as? any Module
    var file = SafeTensors(weightsOf: model ?? objective)
    file.metadata = [
      "epoch": "\(summary.epoch)", "step": "\(summary.train.step)",
      "loss": "\(summary.monitoredLoss)",
      "split": (summary.validation ?? summary.train).split.rawValue,
    ]
    try check(file)
    try file.write(to: folder.model)
  }

  /// A step may break the weights after its loss was found sound; such weights are not kept.
  private func check(_ file: SafeTensors) throws {
    for name in file.names {
      guard let tensor = file[name], tensor.dtype.isFloatingPoint, !tensor.isFinite else {
        continue
      }
      throw diverged(name, tensor.doubles.first { !$0.isFinite } ?? .nan, isAfter: true)
    }
  }

  private func state() -> SafeTensors {
    var file = SafeTensors(weightsOf: objective, prefix: "weights.")
    let outer = optimizer.state(outerPlaces.map { names[$0] })
    for (name, tensor) in outer + (inner.map { $0.optimizer.state($0.names) } ?? []) {
      file["optimizer.\(name)"] = tensor
    }
    for (name, tensor) in zip(names, average?.tensors ?? []) { file["average.\(name)"] = tensor }
    let averages = progress.averages
    file.metadata = [
      "version": "1",
      "seed": "\(options.seed)",
      "batch_count": "\(training.batchCount)",
      "example_count": "\(training.exampleCount)",
      "accumulate": "\(options.accumulate)",
      "optimizer": options.optimizer.name.rawValue,
      "step": "\(optimizer.stepCount)",
      "epoch": "\(progress.epoch)",
      "batch": "\(progress.batch)",
      "seconds": "\(progress.seconds)",
      "loss_sum": "\(averages.lossSum)",
      "loss_count": "\(averages.exampleCount)",
      "sum_names": averages.sums.map(\.name).joined(separator: ","),
      "sums": averages.sums.map { "\($0.sum)" }.joined(separator: ","),
      "sum_counts": averages.sums.map { "\($0.exampleCount)" }.joined(separator: ","),
      "reference_loss": "\(progress.reference)",
      "bad_epochs": "\(progress.badEpochs)",
      "plateau_rate": "\(schedule.plateau.rate)",
      "plateau_best": "\(schedule.plateau.best)",
      "plateau_bad_epochs": "\(schedule.plateau.badEpochs)",
      "plateau_cooldown": "\(schedule.plateau.cooldown)",
    ]
    if let loss = progress.bestLoss { file.metadata["best_loss"] = "\(loss)" }
    if let epoch = progress.bestEpoch { file.metadata["best_epoch"] = "\(epoch)" }
    if let inner {
      file.metadata.merge(inner.state.metadata) { $1 }
      file.metadata["inner_step"] = "\(inner.optimizer.stepCount)"
    }
    return file
  }

  // MARK: - Restoring

  private mutating func restore(from path: String) throws(CheckpointError) {
    let file = try SafeTensors(contentsOf: path)
    let values = CheckpointValues(file.metadata, path)
    try values.expect("version", "1", "the version of the format")
    try values.expect("seed", "\(options.seed)", "the seed")
    try values.expect("batch_count", "\(training.batchCount)", "the number of batches in an epoch")
    try values.expect("example_count", "\(training.exampleCount)", "the number of examples")
    try values.expect("accumulate", "\(options.accumulate)", "the number of batches in a step")
    try values.expect("optimizer", options.optimizer.name.rawValue, "the optimizer")

    var progress = TrainingProgress()
    progress.epoch = try values.number("epoch")
    progress.batch = try values.number("batch")
    progress.seconds = try values.number("seconds")
    progress.bestLoss = try values.optionalNumber("best_loss")
    progress.bestEpoch = try values.optionalNumber("best_epoch")
    progress.reference = try values.number("reference_loss")
    progress.badEpochs = try values.number("bad_epochs")
    let terms: [String] = try values.list("sum_names")
    let (sums, counts): ([Double], [Int]) = (try values.list("sums"), try values.list("sum_counts"))
    progress.averages = RunningAverages(
      lossSum: try values.number("loss_sum"), exampleCount: try values.number("loss_count"),
      sums: zip(terms, zip(sums, counts)).map { .init(name: $0, sum: $1.0, exampleCount: $1.1) })
    schedule.plateau.rate = try values.number("plateau_rate")
    schedule.plateau.best = try values.number("plateau_best")
    schedule.plateau.badEpochs = try values.number("plateau_bad_epochs")
    schedule.plateau.cooldown = try values.number("plateau_cooldown")

    func tensor(_ name: String, _ shape: Shape) throws(CheckpointError) -> Tensor {
      guard let tensor = file[name], tensor.shape == shape else {
        throw CheckpointError(
          .mismatched, path,
          "it has no \(name) of shape \(shape); resume with the options the run began with")
      }
      return tensor
    }
    func state(_ name: String, _ shape: Shape) throws(CheckpointError) -> Tensor {
      try tensor("optimizer.\(name)", shape)
    }
    try optimizer.restore(
      outerPlaces.map { names[$0] }, stepCount: try values.number("step"), state)
    guard (inner != nil) == (file.metadata["inner_step"] != nil) else {
      throw CheckpointError(
        .mismatched, path,
        "the run was begun \(inner == nil ? "with" : "without") inner steps; resume it so")
    }
    if let names = inner?.names {
      try inner?.optimizer.restore(names, stepCount: try values.number("inner_step"), state)
      inner?.state = try InnerState(values)
    }
    if average != nil && optimizer.stepCount > 0 {
      let averages = try zip(names, parameters).map { name, parameter throws(CheckpointError) in
        try tensor("average.\(name)", parameter.shape)
      }
      average?.tensors = averages
    }
    // Last, since it is the one that changes the model.
    try file.load(into: objective, prefix: "weights.", from: path)
    self.progress = progress
  }
}

extension InnerState {
  fileprivate var metadata: [String: String] {
    var texts = [
      "inner_under_way": "\(isUnderWay)", "inner_epoch": "\(epoch)", "inner_batch": "\(batch)",
      "inner_steps_in_epoch": "\(stepsInEpoch)",
    ]
    if let lastMeasure { texts["inner_measure"] = "\(lastMeasure)" }
    return texts
  }

  fileprivate init(_ values: CheckpointValues) throws(CheckpointError) {
    isUnderWay = try values.number("inner_under_way")
    lastMeasure = try values.optionalNumber("inner_measure")
    epoch = try values.number("inner_epoch")
    batch = try values.number("inner_batch")
    stepsInEpoch = try values.number("inner_steps_in_epoch")
  }
}

/// The texts of a checkpoint as what they stand for.
private struct CheckpointValues {
  private let texts: [String: String]
  private let path: String

  init(_ texts: [String: String], _ path: String) {
    self.texts = texts
    self.path = path
  }

  private func text(_ name: String) throws(CheckpointError) -> String {
    guard let text = texts[name] else {
      throw CheckpointError(
        .damaged, path, "it says nothing of \"\(name)\", so it is no checkpoint of a training run")
    }
    return text
  }

  func expect(_ name: String, _ now: String, _ meaning: String) throws(CheckpointError) {
    let then = try text(name)
    guard then == now else {
      throw CheckpointError(
        .mismatched, path,
        "\(meaning) was \(then) and is now \(now); resume with what the run began with")
    }
  }

  func number<N: LosslessStringConvertible>(_ name: String) throws(CheckpointError) -> N {
    try parse(try text(name), name)
  }

  func optionalNumber<N: LosslessStringConvertible>(
    _ name: String
  ) throws(CheckpointError) -> N? {
    guard let text = texts[name] else { return nil }
    return try parse(text, name)
  }

  func list<N: LosslessStringConvertible>(_ name: String) throws(CheckpointError) -> [N] {
    try text(name).split(separator: ",").map { item throws(CheckpointError) in
      try parse(String(item), name)
    }
  }

  private func parse<N: LosslessStringConvertible>(
    _ text: String, _ name: String
  ) throws(CheckpointError) -> N {
    guard let number = N(text) else {
      throw CheckpointError(.damaged, path, "its \"\(name)\" is \(text), which is no number")
    }
    return number
  }
}
