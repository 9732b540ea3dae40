import ArgumentParser
import VAEZoo

/// One run of `vae train`: opens the data, builds the model, trains it and tells what came out.
struct TrainingSession {
  private let configuration: RunConfiguration
  private let folder: RunFolder
  private let resume: Bool
  private let profile: ProfileRequest?
  private let output: OutputOptions

  init(
    _ configuration: RunConfiguration, folder: RunFolder, resume: Bool, profile: ProfileRequest?,
    output: OutputOptions
  ) throws {
    self.configuration = configuration
    self.folder = folder
    // A run that was cut off before its first checkpoint begins again; nothing is lost.
    self.resume = resume && folder.holdsRun
    self.profile = profile
    self.output = output
  }

  func run() throws { try train(VAECommand.registry.domain(configuration.data.kind)) }

  private func train<D: Domain>(_ domain: D.Type) throws {
    let stop = StopFlag.raisedBySignals()
    let (run, data) = try Run<D>.begin(
      configuration, in: folder, isResumed: resume, registry: VAECommand.registry)
    let objective = try run.objective()
    guard
      run.configuration.measure.examples > 0 || objective.players.allSatisfy({ $0.measure == nil })
    else {
      throw ConfigurationError(
        "takes 1 or more with objective.inner_steps, which mutual information ends",
        at: ["measure", "examples"])
    }
    try checkObservations(data, run)
    announce(data, run)
    let (summary, profile) = try fit(objective, run, data: data, stop: stop)
    try finish(summary, profile, objective, run, data: data, stop: stop)
  }

  /// Rejects values the likelihood gives no meaning to before anything is written.
  private func checkObservations<D: Domain>(
    _ data: RunData<D>, _ run: Run<D>
  ) throws {
    func check(_ model: some LatentModel<D.Part.Observation>) throws {
      var budget = 20_000
      let batches = data.batches(of: data.train).batches(epoch: 0, startingAt: 0)
      while budget > 0, let batch = try batches.next() {
        do {
          try model.validate(batch.observations)
        } catch {
          throw Failure(65, "\(configuration.data.path): \(error)")
        }
        budget -= batch.count
      }
    }
    try check(run.model)
  }

  private func announce<D: Domain>(
    _ data: RunData<D>, _ run: Run<D>
  ) {
    guard !output.quiet else { return }
    let counts = [
      "\(Text.count(data.train.count)) to train",
      data.validation.map { "\(Text.count($0.count)) to validate" },
      data.test.map { "\(Text.count($0.count)) to test" },
    ].compactMap { $0 }.joined(separator: ", ")
    Console.error(
      "\(configuration.data.path): \(D.name), \(run.domain.summary); \(counts)")
    let skipped = data.train.skipped
    for problem in skipped { Console.error("skipped: \(problem)") }
    if !skipped.isEmpty {
      Console.error(
        "skipped \(Text.count(skipped.count)) unreadable "
          + (skipped.count == 1 ? "file" : "files"))
    }
    let parts = run.configuration.model.options.entries.compactMap { entry in
      entry.value["name"]?.text.map { "\($0) \(entry.key)" }
    }
    let size =
      "\(run.model.latentCount) codes; "
      + "\(Text.count(run.model.parameterCount)) parameters"
    Console.error(
      "model: \(run.configuration.model.name), \((parts + [size]).joined(separator: ", "))")
  }

  private func fit<D: Domain, O: Objective<Batch<D.Part.Observation>>>(
    _ objective: O, _ run: Run<D>, data: RunData<D>, stop: StopFlag
  ) throws -> (TrainingSummary, ProfileReport?) {
    var profiled: ProfileReport?
    var display: RunDisplay<D>?
    var progress = ProgressBar(.automatic(isQuiet: output.quiet))
    let history = resume ? try folder.readMetrics() : []
    var measures = ModelMeasures(run, of: data, settledStep: objective.settledStep)
    let summary = try Trainer(run.configuration.trainer).fit(
      objective, training: data.trainingBatches,
      validation: data.validation.map(data.batches(of:)), in: folder, resume: resume, stop: stop,
      profile: profile,
      report: { event in
        progress.show(event)
        // Only now it is sure that the folder can be used.
        if case .started = event { try run.write() }
        if case .profiled(let report) = event { profiled = report }
        guard case .epochEnded(let summary) = event else { return }
        do {
          if display == nil {
            let earlier = history.filter { $0.epoch < summary.epoch }
            display = try RunDisplay(run, data: data, history: earlier)
          }
          try display?.show(summary)
        } catch let error as PNGError {
          Console.error("warning: \(error)")
        } catch let error as PictureError {
          Console.error("warning: no pictures: \(error)")
        }
      }, measure: measures.map { _ in { try measures?.measure($0) ?? EpochMeasures(terms: []) } })
    return (summary, profiled)
  }

  /// Says how to go on after a stop, or how good the model is.
  private func finish<D: Domain, O: Objective<Batch<D.Part.Observation>>>(
    _ summary: TrainingSummary, _ profile: ProfileReport?, _ objective: O, _ run: Run<D>,
    data: RunData<D>, stop: StopFlag
  ) throws {
    var test: EpochMetrics?
    if summary.ending != .stopped {
      try run.loadWeights()
      var key = configuration.key(.evaluation)
      test = try data.test.map {
        try objective.metrics(
          on: data.batches(of: $0), split: .test, epoch: summary.bestEpoch ?? summary.epochs,
          step: summary.steps, using: &key)
      }
      // A finished run that is resumed has the line already.
      let isKnown = try folder.readMetrics().contains {
        $0.split == .test && $0.step == summary.steps
      }
      if let test, !isKnown { try folder.addMetrics(test) }
    }
    let report = TrainingReport(summary, profile, test: test, folder: folder)
    if output.json { Console.print(report.json.json) }
    if summary.ending == .stopped {
      Console.error(
        "stopped after \(Text.count(summary.steps)) steps, state saved; go on with:\n  "
          + "\(CommandLine.arguments[0]) train --resume --out \(Text.quoted(folder.path))")
      throw ExitCode(128 + (stop.signal ?? 2))
    }
    if !output.json && !output.quiet { Console.print(report.text) }
  }
}
