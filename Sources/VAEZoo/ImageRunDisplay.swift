/// The pictures a run over images draws into its folder after each epoch.
///
/// The same codes and the same held-out images are shown each time, so that one sees what changes.
struct ImageRunDisplay: RunDisplay {
  private let run: ImageRun
  private let originals: Batch<Tensor>?
  /// Held-out examples whose codes are shown, where codes have two dimensions.
  private let encoded: Batch<Tensor>?
  private let classNames: [String]
  /// What the shown images are.
  private let what: String
  private var curves: RunCurves

  /// Pictures of a run over its data; `history` holds the epochs before this one.
  ///
  /// - Throws: What reading the data throws.
  init(_ run: ImageRun, data: RunData<ImageDataset>, history: [EpochMetrics]) throws {
    self.run = run
    curves = RunCurves(run.configuration, run.folder, history: history)
    let held = data.held.dataset
    originals = try data.examples(50, of: held)
    encoded = run.model.latentCount == 2 ? try data.examples(3000, of: held) : nil
    classNames = held.classNames ?? []
    what = data.held.name == "train" ? "training images" : "held-out images"
  }

  mutating func show(_ epoch: EpochSummary) throws {
    guard try curves.show(epoch) else { return }
    let (model, folder) = (run.model, run.folder)
    let (caption, name) = (curves.caption(epoch), RunCurves.fileName(epoch.epoch) + ".png")
    var key = run.configuration.key(.pictures)
    let codes = model.samplePrior(64, using: &key)
    var samples = try model.sampleSheet(codes: codes, title: "Samples")
    samples.subtitle = caption
    try samples.writePNG(to: "\(folder.samples)/\(name)")
    if let originals {
      var pairs = try model.reconstructionSheet(
        originals.observations,
        columns: ImageSheet.comparisonColumns(for: originals.observations),
        title: "Reconstructions of \(what)")
      pairs.subtitle = caption
      try pairs.writePNG(to: "\(folder.reconstructions)/\(name)")
    }
    if let encoded {
      var manifold = try model.manifoldSheet(title: "What each pair of codes stands for")
      manifold.subtitle = caption
      try manifold.writePNG(to: "\(folder.path)/manifold.png")
      try ScatterPlot.codes(
        of: encoded, by: model, classNames: classNames, title: "Codes of \(what)"
      ).rendered().writePNG(to: "\(folder.path)/codes.png")
    }
  }
}

extension ImageSheet {
  /// Pairs in a row of a comparison: 25, or fewer where images are wide.
  public static func comparisonColumns(for images: Tensor) -> Int {
    min(25, max(6, 1600 / max(1, images.shape[-2])))
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
