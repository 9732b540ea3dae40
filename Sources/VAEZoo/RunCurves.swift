/// The curves of a run, which every kind of run draws, and what its other pictures share.
struct RunCurves {
  private let configuration: RunConfiguration
  private let folder: RunFolder
  private var history: [EpochMetrics]

  /// Curves of a run; `history` holds the epochs before this one.
  init(_ configuration: RunConfiguration, _ folder: RunFolder, history: [EpochMetrics]) {
    self.configuration = configuration
    self.folder = folder
    self.history = history
  }

  /// Draws the curves up to an epoch, if it is one of those that are drawn, and tells whether it is.
  mutating func show(_ epoch: EpochSummary) throws(PNGError) -> Bool {
    history += [epoch.train] + (epoch.validation.map { [$0] } ?? [])
    let every = configuration.picturesEvery
    guard every > 0,
      epoch.epoch.isMultiple(of: every) || epoch.epoch == configuration.trainer.epochs
    else { return false }
    try LinePlot.curves(of: history).rendered().writePNG(to: "\(folder.path)/curves.png")
    return true
  }

  /// What is trained on what, how far, and how well.
  func caption(_ epoch: EpochSummary) -> String {
    let run = [configuration.preset, configuration.data.name].compactMap { $0 }
    let loss = (epoch.monitoredLoss * 100).rounded() / 100
    return "\(run.joined(separator: " on ")), epoch \(epoch.epoch), loss \(loss)"
  }

  /// The name of an epoch's file, without its ending.
  static func fileName(_ epoch: Int) -> String {
    let digits = "\(epoch)"
    return "epoch-" + String(repeating: "0", count: max(0, 3 - digits.count)) + digits
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
