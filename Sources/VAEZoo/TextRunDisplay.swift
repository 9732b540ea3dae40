/// The text a run writes into its folder after each epoch: samples, and pairs of an original and
/// what the model makes of it.
struct TextRunDisplay: RunDisplay {
  private let run: SequenceRun
  private let tokenizer: Tokenizer
  private let originals: Batch<Sequences>?
  private var curves: RunCurves

  init(
    _ run: SequenceRun, _ tokenizer: Tokenizer, data: RunData<SequenceDataset>,
    history: [EpochMetrics]
  ) throws {
    self.run = run
    self.tokenizer = tokenizer
    curves = RunCurves(run.configuration, run.folder, history: history)
    originals = try data.examples(20, of: data.held.dataset)
  }

  mutating func show(_ epoch: EpochSummary) throws {
    guard try curves.show(epoch) else { return }
    let (model, folder) = (run.model, run.folder)
    let name = RunCurves.fileName(epoch.epoch) + ".txt"
    let caption = "# " + curves.caption(epoch)
    var key = run.configuration.key(.pictures)
    let codes = model.samplePrior(20, using: &key)
    let samples = run.texts(
      model.generate(
        from: codes, by: .greedy, maximumLength: run.longest, using: &key))
    try replaceFile("\(folder.samples)/\(name)", with: [caption] + samples)
    guard let originals else { return }
    let pairs = run.reconstructions(of: originals.observations, using: &key).flatMap {
      ["", "original:       \($0.original)", "reconstruction: \($0.reconstruction)"]
    }
    try replaceFile("\(folder.reconstructions)/\(name)", with: [caption] + pairs)
  }
}
