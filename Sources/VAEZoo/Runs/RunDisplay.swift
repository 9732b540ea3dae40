/// What a run draws and writes into its folder after each epoch: curves, samples, reconstructions,
/// and maps of two codes.
///
/// The same codes and the same held-out examples are shown each time, so that one sees what changes.
public struct RunDisplay<D: Domain> {
  private let run: Run<D>
  private let originals: Batch<D.Part.Observation>?
  /// Held-out examples whose codes are shown, where codes have two dimensions.
  private let encoded: (part: D.Part, batches: any BatchSource<Batch<D.Part.Observation>>)?
  /// What the shown examples are.
  private let what: String
  private var history: [EpochMetrics]

  /// Pictures of a run over its data; `history` holds the epochs before this one.
  ///
  /// - Throws: What reading the data throws.
  public init(_ run: Run<D>, data: RunData<D>, history: [EpochMetrics]) throws {
    self.run = run
    self.history = history
    let held = data.held.dataset
    originals = try data.examples(D.counts.pairs, of: held)
    let chosen = data.chosen(3000, of: held)
    encoded =
      run.model.latentCount == 2 && run.model.infersCodes && chosen.count > 0
      ? (chosen, data.batches(of: chosen)) : nil
    what = "\(data.held.name == "train" ? "training" : "held-out") \(D.name)"
  }

  /// Draws what belongs to an epoch, if it is one of those that are drawn.
  ///
  /// - Throws: `PNGError` or `CheckpointError` where a file cannot be written, ``PictureError``
  ///   where observations cannot be shown.
  public mutating func show(_ epoch: EpochSummary) throws {
    history += [epoch.train] + (epoch.validation.map { [$0] } ?? [])
    let (configuration, folder) = (run.configuration, run.folder)
    let every = configuration.picturesEvery
    guard every > 0,
      epoch.epoch.isMultiple(of: every) || epoch.epoch == configuration.trainer.epochs
    else { return }
    try LinePlot.curves(of: history).rendered().writePNG(to: "\(folder.path)/curves.png")
    var key = configuration.key(.pictures)
    let (caption, name) = (caption(epoch), fileName(epoch.epoch))
    try run.samples(subtitle: caption, using: &key)
      .write(to: "\(folder.samples)/\(name)", caption: caption)
    if let originals, run.model.infersCodes {
      try run.reconstructions(
        of: originals.observations, title: "Reconstructions of \(what)", subtitle: caption,
        using: &key
      ).write(to: "\(folder.reconstructions)/\(name)", caption: caption)
    }
    if let encoded { try showCodes(of: encoded.part, encoded.batches, caption) }
  }

  private func showCodes(
    of part: D.Part, _ batches: any BatchSource<Batch<D.Part.Observation>>, _ caption: String
  ) throws {
    try ScatterPlot.codes(
      try run.model.allCodes(of: batches), of: part, title: "Codes of \(what)"
    ).rendered().writePNG(to: "\(run.folder.path)/codes.png")
    // Text has no pictures for a map.
    guard try run.domain.pictures(of: originals?.observations) != nil else { return }
    var manifold = try ImageSheet.manifold(title: "What each pair of codes stands for") {
      codes throws(PictureError) in try run.pictures(from: codes)
    }
    manifold.subtitle = caption
    try manifold.writePNG(to: "\(run.folder.path)/manifold.png")
  }

  /// What is trained on what, how far, and how well.
  private func caption(_ epoch: EpochSummary) -> String {
    let configuration = run.configuration
    let names = [configuration.preset, configuration.data.name].compactMap { $0 }
    let loss = (epoch.monitoredLoss * 100).rounded() / 100
    return "\(names.joined(separator: " on ")), epoch \(epoch.epoch), loss \(loss)"
  }

  /// The name of an epoch's file, without its ending.
  private func fileName(_ epoch: Int) -> String {
    let digits = "\(epoch)"
    return "epoch-" + String(repeating: "0", count: max(0, 3 - digits.count)) + digits
  }
}

extension Domain {
  fileprivate func pictures(of x: Part.Observation?) throws(PictureError) -> [Image]? {
    guard let x else { return nil }
    return try pictures(of: x)
  }
}

extension LinePlot {
  /// The losses over the epochs, and the terms they are made of.
  public static func curves(of history: [EpochMetrics]) -> LinePlot {
    func series(
      _ name: String, _ split: EpochMetrics.Split, _ value: (EpochMetrics) -> Double?
    ) -> Series? {
      let points = history.filter { $0.split == split }
      let values = points.compactMap(value)
      guard !values.isEmpty, values.count == points.count else { return nil }
      return Series(name, x: points.map { Double($0.epoch) }, y: values)
    }
    let curves = [
      series("loss, training", .train) { $0.loss },
      series("loss, validation", .validation) { $0.loss },
      series("reconstruction, training", .train) { $0["reconstruction"] },
      series("kl, training", .train) { $0["kl"] },
    ]
    return LinePlot(
      curves.compactMap { $0 }, title: "Training", xLabel: "epoch",
      yLabel: history.last?.isInNats == false ? "loss" : "nats an example")
  }
}

extension ScatterPlot {
  /// Codes `[count, latentCount]` of examples, coloured by class; of codes with more dimensions the
  /// first two.
  public static func codes(
    _ codes: Tensor, of examples: some Dataset, title: String? = nil
  ) -> ScatterPlot {
    let (values, width) = (codes.doubles, codes.shape[1])
    let rows = 0..<codes.shape[0]
    return ScatterPlot(
      x: rows.map { values[$0 * width] },
      y: rows.map { width > 1 ? values[$0 * width + 1] : 0 },
      labels: examples.labels?.map { Int($0) } ?? [], classNames: examples.classNames ?? [],
      title: title, xLabel: "first code", yLabel: "second code")
  }
}
