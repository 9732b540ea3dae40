/// The pictures a run over frames draws into its folder after each epoch: samples, and originals
/// with what the model makes of them.
struct SignalRunDisplay: RunDisplay {
  private let run: SequenceRun
  private let originals: Batch<Sequences>?
  private var curves: RunCurves

  init(_ run: SequenceRun, data: RunData<SequenceDataset>, history: [EpochMetrics]) throws {
    self.run = run
    curves = RunCurves(run.configuration, run.folder, history: history)
    originals = try data.examples(12, of: data.held.dataset)
  }

  mutating func show(_ epoch: EpochSummary) throws {
    guard try curves.show(epoch) else { return }
    let (caption, name) = (curves.caption(epoch), RunCurves.fileName(epoch.epoch) + ".png")
    var key = run.configuration.key(.pictures)
    let codes = run.model.samplePrior(12, using: &key)
    let samples = run.model.generate(
      from: codes, by: .greedy, maximumLength: run.longest, using: &key)
    try run.picture(of: samples, title: "Samples", subtitle: caption)
      .writePNG(to: "\(run.folder.samples)/\(name)")
    if let originals {
      try run.picture(
        ofReconstructed: originals.observations, title: "Reconstructions", subtitle: caption
      ).writePNG(to: "\(run.folder.reconstructions)/\(name)")
    }
  }
}
