/// The pictures a training run draws into its folder after each epoch.
///
/// The same codes and the same held-out images are shown each time, so that one sees what changes.
public struct RunPictures {
  private let folder: RunFolder
  private let configuration: RunConfiguration
  private let originals: Batch<Tensor>
  /// Held-out examples whose codes are shown, where codes have two dimensions.
  private let encoded: Batch<Tensor>?
  private let classNames: [String]
  /// What the shown images are.
  private let what: String
  private var history: [EpochMetrics]

  /// Pictures of a run over its data; `history` holds the epochs before this one.
  ///
  /// - Throws: What reading the data throws.
  public init(
    _ configuration: RunConfiguration, data: RunData, folder: RunFolder,
    history: [EpochMetrics] = []
  ) throws {
    self.folder = folder
    self.configuration = configuration
    self.history = history
    let held = data.held.dataset
    originals = try data.examples(50, of: held)
    encoded = configuration.model.latent == 2 ? try data.examples(3000, of: held) : nil
    classNames = held.classNames ?? []
    what = data.held.name == "train" ? "training images" : "held-out images"
  }

  /// Draws what the model knows after an epoch, if it is one of those that are drawn.
  ///
  /// - Throws: `PNGError` where a picture cannot be written, ``PictureError`` where observations
  ///   are no images.
  public mutating func draw(
    _ model: any DirectAutoencoder<Tensor>, after epoch: EpochSummary
  ) throws {
    history += [epoch.train] + (epoch.validation.map { [$0] } ?? [])
    let every = configuration.picturesEvery
    guard every > 0 else { return }
    guard epoch.epoch.isMultiple(of: every) || epoch.epoch == configuration.trainer.epochs else {
      return
    }
    let caption = caption(epoch)
    let name = fileName(epoch.epoch)
    var key = configuration.key(.pictures)
    let codes = model.samplePrior(64, using: &key)
    var samples = try model.sampleSheet(codes: codes, title: "Samples")
    samples.subtitle = caption
    try samples.writePNG(to: "\(folder.samples)/\(name)")
    var pairs = try model.reconstructionSheet(
      originals.observations, columns: ImageSheet.comparisonColumns(for: originals.observations),
      title: "Reconstructions of \(what)")
    pairs.subtitle = caption
    try pairs.writePNG(to: "\(folder.reconstructions)/\(name)")
    try LinePlot.curves(of: history).rendered().writePNG(to: "\(folder.path)/curves.png")
    if let encoded {
      var manifold = try model.manifoldSheet(title: "What each pair of codes stands for")
      manifold.subtitle = caption
      try manifold.writePNG(to: "\(folder.path)/manifold.png")
      try ScatterPlot.codes(
        of: encoded, by: model, classNames: classNames, title: "Codes of \(what)"
      ).rendered().writePNG(to: "\(folder.path)/codes.png")
    }
  }

  private func caption(_ epoch: EpochSummary) -> String {
    let run = [configuration.preset, configuration.data.name].compactMap { $0 }
    let loss = (epoch.monitoredLoss * 100).rounded() / 100
    return "\(run.joined(separator: " on ")), epoch \(epoch.epoch), loss \(loss)"
  }

  private func fileName(_ epoch: Int) -> String {
    let digits = "\(epoch)"
    return "epoch-" + String(repeating: "0", count: max(0, 3 - digits.count)) + digits + ".png"
  }
}

extension ImageSheet {
  /// Pairs in a row of a comparison: 25, or fewer where images are wide.
  public static func comparisonColumns(for images: Tensor) -> Int {
    min(25, max(6, 1600 / max(1, images.shape[-2])))
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
      curves.compactMap { $0 }, title: "Training", xLabel: "epoch", yLabel: "nats an example")
  }
}

extension ScatterPlot {
  /// The posterior's means of labelled examples, coloured by class; of codes with more dimensions
  /// the first two.
  public static func codes(
    of batch: Batch<Tensor>, by model: some DirectAutoencoder<Tensor>,
    classNames: [String] = [], title: String? = nil
  ) -> ScatterPlot {
    // In pieces, so that many examples cost no more memory than a training step.
    let values = stride(from: 0, to: batch.count, by: 128).flatMap { start in
      let piece = start..<min(start + 128, batch.count)
      return model.codes(of: batch.observations.sliced(along: 0, piece)).doubles
    }
    let width = model.latentCount
    return ScatterPlot(
      x: (0..<batch.count).map { values[$0 * width] },
      y: (0..<batch.count).map { width > 1 ? values[$0 * width + 1] : 0 },
      labels: batch.labels?.integers.map { Int($0) } ?? [], classNames: classNames, title: title,
      xLabel: "first code", yLabel: "second code")
  }
}
