internal import SystemFiles

extension RunFolder {
  /// Whether a configuration stands in the folder.
  public var holdsConfiguration: Bool { fileExists(configuration) }

  /// The lines of `metrics.jsonl`; empty where there are none.
  ///
  /// - Throws: `CheckpointError` where the file cannot be read; a line that is not whole ends the
  ///   list.
  public func readMetrics() throws(CheckpointError) -> [EpochMetrics] {
    guard fileExists(metrics) else { return [] }
    let text = String(decoding: try readFile(metrics, ifMissing: ""), as: UTF8.self)
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    // What is behind the last whole line a crash left, or a run is just writing.
    lines.removeLast()
    var result: [EpochMetrics] = []
    for (index, line) in lines.enumerated() where !line.isEmpty {
      // JSON is YAML.
      guard let value = try? ConfigurationValue(yaml: String(line)), let line = EpochMetrics(value)
      else { throw .unreadable(line: index + 1, of: metrics) }
      result.append(line)
    }
    return result
  }

  /// Adds a line to `metrics.jsonl`.
  public func addMetrics(_ line: EpochMetrics) throws(CheckpointError) {
    let old = fileExists(metrics) ? try readFile(metrics, ifMissing: "") : []
    try replaceFile(metrics, with: old + Array((line.json + "\n").utf8))
  }
}

extension EpochMetrics {
  /// Whether the loss is in nats: observations have a density, whose cost is reported.
  public var isInNats: Bool { self["reconstruction"] != nil || self["elbo"] != nil }

  fileprivate init?(_ value: ConfigurationValue) {
    guard case .int(let epoch) = value["epoch"], case .int(let step) = value["step"],
      let split = value["split"]?.text.flatMap({ Split(rawValue: $0) }),
      let loss = value["loss"] == .null ? .nan : value["loss"]?.number,
      let seconds = value["seconds"]?.number,
      let rate = value["examples_per_second"]?.number
    else { return nil }
    let own = [
      "epoch", "step", "split", "loss", "seconds", "examples_per_second", "learning_rate",
    ]
    // What is no number is written as null.
    let terms = value.entries.filter { !own.contains($0.key) }.compactMap { entry in
      entry.value == .null
        ? Term(name: entry.key, value: .nan)
        : entry.value.number.map { Term(name: entry.key, value: $0) }
    }
    self.init(
      epoch: epoch, step: step, split: split, loss: loss, terms: terms,
      exampleCount: Int((rate * seconds).rounded()), seconds: seconds,
      learningRate: value["learning_rate"]?.number)
  }
}

extension Objective where Batch: CountedBatch {
  /// The averages of the loss and its terms over a data set, as they stand when training is over.
  ///
  /// - Throws: What reading the data throws.
  public func metrics(
    on source: some BatchSource<Batch>, split: EpochMetrics.Split, epoch: Int, step: Int,
    using key: inout RandomKey
  ) throws -> EpochMetrics {
    let clock = ContinuousClock()
    let start = clock.now
    var (loss, count) = (0.0, 0)
    var sums: [(name: String, sum: Double, count: Int)] = []
    let batches = source.batches(epoch: 0, startingAt: 0)
    while let batch = try batches.next() {
      var context = Context.inference(key.split())
      let part = self.loss(on: batch, &context)
      loss += part.total.value.item * Double(batch.count)
      count += batch.count
      for term in part.terms {
        let place = sums.firstIndex { $0.name == term.key } ?? sums.count
        if place == sums.count { sums.append((term.key, 0, 0)) }
        sums[place].sum += term.value.doubles.reduce(0, +)
        sums[place].count += batch.count
      }
    }
    let terms = sums.map { EpochMetrics.Term(name: $0.name, value: $0.sum / Double($0.count)) }
    return EpochMetrics(
      epoch: epoch, step: step, split: split, loss: loss / Double(count), terms: terms,
      exampleCount: count, seconds: (clock.now - start) / .seconds(1))
  }
}
