internal import Layers
internal import SystemFiles
internal import TensorCore
internal import VAECore

// A checkpoint's tensors: "weights." and the name for every parameter and buffer, "optimizer.", the
// player and PyTorch's name of the state, "average." for the moving average. The rest is text in its
// metadata, what belongs to a player behind its name.

extension TrainingLoop {
  /// Makes the folder ready: for a new run, or with the state of the one that is resumed.
  ///
  /// Data or weights that were changed since are refused unless `acceptsChanges`, which warns of them.
  mutating func open(resume: Bool, acceptsChanges: Bool, _ report: Report) throws {
    guard let folder else {
      if resume { throw TrainingError("there is nothing to resume without a run folder") }
      return
    }
    try folder.create()
    dataFingerprint = try training.fingerprint()
    if resume && fileExists(folder.checkpoint) {
      for change in try restore(from: folder.checkpoint) {
        guard acceptsChanges else { throw change }
        try report(.warning("\(change)"))
      }
      if let former = formerEpochs, former != options.epochs, options.schedule.endsWithTheRun {
        try report(
          .warning(
            "the run was to end after \(former) epochs and now ends after \(options.epochs), so its "
              + "learning rate falls in another way from here on"))
      }
      // The best weights are gone, so the next are the best there are.
      if !fileExists(folder.model) { progress.best = nil }
    } else if folder.holdsRun {
      throw CheckpointError(
        .mismatched, folder.path, "it already holds a run; resume that, or choose another folder")
    } else if resume {
      try report(.warning("\(folder.path) holds no checkpoint yet; training starts from the start"))
    }
    log = try MetricsLog(folder.metrics, keepingUpTo: step)
    home = FileIdentity(folder.path)
  }

  /// Throws where the folder is not whole, or no longer the one that training began in, so that nothing
  /// is put in its place.
  func requireFolder() throws(CheckpointError) {
    guard let folder, let home else { return }
    let now = FileIdentity(folder.path)
    if let now, now != home { throw .replaced(folder.path, afterStep: step) }
    guard now != nil, fileExists(folder.metrics) else {
      throw .vanished(folder.path, afterStep: step)
    }
  }

  /// Writes the whole state.
  func checkpoint(_ report: Report) throws {
    guard let folder else { return }
    let file = state()
    try check(file)
    try requireFolder()
    try file.write(to: folder.checkpoint)
    try report(.checkpointed(path: folder.checkpoint))
  }

  /// Writes the weights that stand in the model now as the best.
  mutating func saveWeights(_ summary: EpochSummary) throws {
    guard let folder else { return }
    let model = objective.parts.first { $0.key == "model" }?.value as? any Module
    var file = SafeTensors(weightsOf: model ?? objective)
    file.metadata = [
      "epoch": "\(summary.epoch)", "step": "\(summary.train.step)",
      "loss": "\(summary.monitoredLoss)",
      "split": (summary.validation ?? summary.train).split.rawValue,
    ]
    try check(file)
    let bytes = file.encoded()
    try requireFolder()
    try replaceFile(folder.model, with: bytes)
    weightsFingerprint = fingerprint(of: bytes)
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
    for seat in seats {
      for (name, tensor) in seat.optimizer.state(seat.names) {
        file["optimizer.\(seat.player.name).\(name)"] = tensor
      }
    }
    for (name, tensor) in zip(names, average?.tensors ?? []) { file["average.\(name)"] = tensor }
    file.metadata = [
      "version": Self.version,
      "seed": "\(options.seed)",
      "batch_count": "\(training.batchCount)",
      "example_count": "\(training.exampleCount)",
      "accumulate": "\(options.accumulate)",
      "epochs": "\(options.epochs)",
      "players": playerNames,
      "step": "\(step)",
      "epoch": "\(progress.epoch)",
      "batch": "\(progress.batch)",
      "seconds": "\(progress.seconds)",
      "reference": "\(progress.reference)",
      "bad_epochs": "\(progress.badEpochs)",
    ]
    file.metadata["data"] = dataFingerprint
    file.metadata["best_weights"] = weightsFingerprint
    if let best = progress.best { file.metadata["best"] = "\(best)" }
    if let epoch = progress.bestEpoch { file.metadata["best_epoch"] = "\(epoch)" }
    for seat in seats {
      for (key, text) in seat.metadata { file.metadata["\(seat.player.name).\(key)"] = text }
    }
    return file
  }

  // MARK: - Restoring

  /// Takes over the state, and tells what was changed since it was written.
  private mutating func restore(from path: String) throws(CheckpointError) -> [CheckpointError] {
    let file = try SafeTensors(contentsOf: path)
    let values = CheckpointValues(file.metadata, path)
    try values.expectVersion(Self.version)
    try values.expect("seed", "\(options.seed)", "the seed")
    try values.expect("batch_count", "\(training.batchCount)", "the number of batches in an epoch")
    try values.expect("example_count", "\(training.exampleCount)", "the number of examples")
    try values.expect("accumulate", "\(options.accumulate)", "the number of batches in a step")
    try values.expect("players", playerNames, "the list of players")

    var progress = TrainingProgress()
    progress.step = try values.number("step")
    progress.epoch = try values.number("epoch")
    progress.batch = try values.number("batch")
    progress.seconds = try values.number("seconds")
    progress.best = try values.optionalNumber("best")
    progress.bestEpoch = try values.optionalNumber("best_epoch")
    progress.reference = try values.number("reference")
    progress.badEpochs = try values.number("bad_epochs")

    func tensor(_ name: String, _ shape: Shape) throws(CheckpointError) -> Tensor {
      guard let tensor = file[name], tensor.shape == shape else {
        throw CheckpointError(
          .mismatched, path,
          "it has no \(name) of shape \(shape); resume with the options the run began with")
      }
      return tensor
    }
    var seats = seats
    for i in seats.indices {
      let player = seats[i].player.name
      try seats[i].restore(values.behind("\(player).")) { name, shape throws(CheckpointError) in
        try tensor("optimizer.\(player).\(name)", shape)
      }
    }
    if average != nil && progress.step > 0 {
      let averages = try zip(names, parameters).map { name, parameter throws(CheckpointError) in
        try tensor("average.\(name)", parameter.shape)
      }
      average?.tensors = averages
    }
    // Last, since it is the one that changes the model.
    try file.load(into: objective, prefix: "weights.", from: path)
    self.progress = progress
    self.seats = seats
    weightsFingerprint = file.metadata["best_weights"]
    formerEpochs = try values.optionalNumber("epochs")
    return try changes(since: file.metadata, path)
  }

  private func changes(
    since metadata: [String: String], _ path: String
  ) throws(CheckpointError) -> [CheckpointError] {
    var changes: [CheckpointError] = []
    if let then = metadata["data"], let dataFingerprint, then != dataFingerprint {
      changes.append(
        CheckpointError(
          .mismatched, path,
          "the training data is as large as it was, but has other numbers; resume with the data the "
            + "run began with, or accept the change (--accept-changes)"))
    }
    if let then = weightsFingerprint, let folder,
      let now = try fingerprint(ofFile: folder.model), then != now,
      // Weights that were written after the checkpoint, before a run was cut off, are its own.
      try stepOfWeights(folder) <= step
    {
      changes.append(
        CheckpointError(
          .mismatched, folder.model,
          "these are not the weights that the run wrote, and going on replaces them by better ones; "
            + "keep them elsewhere, or accept the change (--accept-changes)"))
    }
    return changes
  }

  /// The step after which the run wrote its best weights; 0 of weights that are not its own.
  private func stepOfWeights(_ folder: RunFolder) throws(CheckpointError) -> Int {
    try SafeTensors(contentsOf: folder.model).metadata["step"].flatMap { Int($0) } ?? 0
  }

  private var playerNames: String { seats.map(\.player.name).joined(separator: ",") }

  /// Of the format: 1 knew one optimizer a run.
  private static var version: String { "2" }
}
