import ArgumentParser
import VAEZoo

/// One run of `vae train`: opens the data, builds the model, trains it and tells what came out.
struct TrainingSession {
  private let configuration: RunConfiguration
  private let recipe: Recipe?
  private let folder: RunFolder
  private let isResumed: Bool
  private let acceptsChanges: Bool
  private let profile: ProfileRequest?
  private let output: OutputOptions

  /// A session of a configuration, which `recipe` gave where nobody named one.
  init(
    _ configuration: RunConfiguration, by recipe: Recipe?, folder: RunFolder, resume: Bool,
    acceptsChanges: Bool,
    profile: ProfileRequest?, output: OutputOptions
  ) throws {
    self.configuration = configuration
    self.recipe = recipe
    self.folder = folder
    (isResumed, self.acceptsChanges) = (resume, acceptsChanges)
    self.profile = profile
    self.output = output
  }

  func run() throws { try train(VAECommand.registry.domain(configuration.data.kind)) }

  private func train<D: Domain>(_ domain: D.Type) throws {
    let stop = StopFlag.raisedBySignals()
    let (run, data) = try Run<D>.begin(
      configuration, in: folder, isResumed: isResumed && folder.holdsRun,
      registry: VAECommand.registry)
    let stages = run.stages
    let objectives = try stages.map { try $0.objective() }
    // Before anything is written.
    try run.check(data.train, of: data, first: 20_000)
    announce(data, run)
    var reports: [TrainingReport] = []
    for (stage, objective) in zip(stages, objectives) {
      let isFirst = reports.isEmpty
      if !isFirst, !output.quiet {
        Console.error("stage \(configuration.stages[reports.count - 1].name):")
      }
      let report = try train(
        objective, stage, on: data.during(stage.configuration), stop: stop,
        profile: isFirst ? profile : nil
      ) { if isFirst || isResumed { try run.write() } }
      reports.append(report)
      if report.summary.ending == .stopped { break }
    }
    try tell(reports, stop)
  }

  /// Trains one stage.
  ///
  /// `begun` is called when it is sure that the stage's folder can be used.
  private func train<D: Domain>(
    _ objective: some Objective<Batch<D.Part.Observation>>, _ run: Run<D>, on data: RunData<D>,
    stop: StopFlag, profile: ProfileRequest?, begun: () throws -> Void
  ) throws -> TrainingReport {
    let (summary, profile, collapse) = try fit(
      objective, run, data: data, stop: stop, profile: profile, begun: begun)
    let test = try finish(summary, objective, run, data: data)
    return TrainingReport(
      summary, profile, test: test, collapse: collapse, folder: run.folder,
      reconstructs: run.model.infersCodes)
  }

  private func announce<D: Domain>(
    _ data: RunData<D>, _ run: Run<D>
  ) {
    guard !output.quiet else { return }
    if let recipe { Console.error(recipe.sentence) }
    let counts = [
      "\(Text.count(data.train.count)) to train",
      data.validation.map { "\(Text.count($0.count)) to validate" },
      data.test.map { "\(Text.count($0.count)) to test" },
    ].compactMap { $0 }.joined(separator: ", ")
    Console.error(
      "\(configuration.data.path): \(D.name), \(run.domain.summary); \(counts)")
    if data.validation == nil {
      Console.error(
        "nothing is kept to validate on, so that the best epoch is that of the least training loss "
          + "(trainer.validation_fraction)")
    }
    for note in data.train.notes { Console.error("note: \(note)") }
    let skipped = data.train.skipped
    for problem in skipped { Console.error("skipped: \(problem)") }
    if !skipped.isEmpty {
      Console.error(
        "skipped \(Text.count(skipped.count)) unreadable "
          + (skipped.count == 1 ? "example" : "examples"))
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
    _ objective: O, _ run: Run<D>, data: RunData<D>, stop: StopFlag, profile: ProfileRequest?,
    begun: () throws -> Void
  ) throws -> (TrainingSummary, ProfileReport?, collapse: String?) {
    // What was cut off before its first checkpoint begins again; nothing is lost.
    let folder = run.folder
    let resume = isResumed && folder.holdsRun

    var profiled: ProfileReport?
    var display: RunDisplay<D>?
    var progress = ProgressBar(.automatic(isQuiet: output.quiet))
    let history = resume ? try folder.readMetrics() : []
    var measures = ModelMeasures(run, of: data, settledStep: objective.settledStep)
    let summary = try Trainer(run.configuration.trainer).fit(
      objective, training: data.trainingBatches,
      validation: data.validation.map(data.batches(of:)), in: folder, resume: resume,
      acceptsChanges: acceptsChanges, stop: stop, profile: profile,
      report: { event in
        progress.show(event)
        if case .started = event { try begun() }
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
        } catch let error as CheckpointError {
          Console.error("warning: \(error)")
        } catch let error as PictureError {
          Console.error("warning: no pictures: \(error)")
        }
      }, measure: measures.map { _ in { try measures?.measure($0) ?? EpochMeasures(terms: []) } })
    return (summary, profiled, measures?.collapse)
  }

  /// The loss on the test part of a stage that has ended, whose best weights the model then has.
  private func finish<D: Domain, O: Objective<Batch<D.Part.Observation>>>(
    _ summary: TrainingSummary, _ objective: O, _ run: Run<D>, data: RunData<D>
  ) throws -> EpochMetrics? {
    guard summary.ending != .stopped else { return nil }
    try run.loadWeights()
    var key = run.configuration.key(.evaluation)
    let test = try data.test.map {
      try objective.metrics(
        on: data.batches(of: $0), split: .test, epoch: summary.bestEpoch ?? summary.epochs,
        step: summary.steps, using: &key)
    }
    // A finished run that is resumed has the line already.
    let isKnown = try run.folder.readMetrics().contains {
      $0.split == .test && $0.step == summary.steps
    }
    if let test, !isKnown { try run.folder.addMetrics(test) }
    return test
  }

  /// Says how to go on after a stop, or how good the model is.
  private func tell(_ reports: [TrainingReport], _ stop: StopFlag) throws {
    guard let last = reports.last else { return }
    if output.json {
      var json = reports[0].json
      for (stage, report) in zip(configuration.stages, reports.dropFirst()) {
        json[["stages", stage.name]] = report.json
      }
      Console.print(json.json)
    }
    if last.summary.ending == .stopped {
      Console.error(
        "stopped after \(Text.count(last.summary.steps)) steps, state saved; go on with:\n  "
          + "\(CommandLine.arguments[0]) train --resume --out \(Text.quoted(folder.path))")
      throw ExitCode(128 + (stop.signal ?? 2))
    }
    guard !output.json, !output.quiet else { return }
    for (index, report) in reports.enumerated() {
      if index > 0 { Console.print("\nstage \(configuration.stages[index - 1].name):") }
      Console.print(report.text)
    }
    Console.print("see more: \(VAECommand.current.name) sample \(Text.quoted(folder.path))")
  }
}
