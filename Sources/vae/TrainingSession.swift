import ArgumentParser
import VAEZoo

/// One run of `vae train`: opens the data, builds the model, trains it and tells what came out.
struct TrainingSession {
  private var configuration: RunConfiguration
  private let folder: RunFolder
  private let resume: Bool
  private let output: OutputOptions

  init(
    _ configuration: RunConfiguration, folder: RunFolder, resume: Bool, output: OutputOptions
  ) throws {
    self.configuration = configuration
    self.folder = folder
    // A run that was cut off before its first checkpoint begins again; nothing is lost.
    self.resume = resume && folder.holdsRun
    self.output = output
  }

  mutating func run() throws {
    do {
      try configuration.trainer.validate()
    } catch {
      throw Failure(64, error.description)
    }
    let stop = StopFlag.raisedBySignals()
    let data = try RunData(configuration)
    try takeShape(of: data)
    let model = try configuration.freshModel()
    let objective = try Registry.standard.objective(configuration.objective, for: model)
    try checkObservations(data, model)
    announce(data, model)
    let summary = try fit(objective, model, data: data, stop: stop)
    try finish(summary, objective, model, data: data, stop: stop)
  }

  /// A fresh run takes the data's shape; a resumed one must find the shape it was begun with.
  private mutating func takeShape(of data: RunData) throws {
    let shape = data.observationShape
    if resume, let own = configuration.observation, own != shape {
      throw Failure(
        65,
        "\(configuration.data.path): its images are \(shape), but the run was begun with images "
          + "\(own); give the data of \(folder.configuration)")
    }
    configuration.observation = shape
  }

  /// Rejects values the likelihood gives no meaning to before anything is written.
  private func checkObservations(
    _ data: RunData, _ model: any DirectAutoencoder<Tensor>
  ) throws {
    var budget = 50_000_000
    let batches = data.batches(of: data.train).batches(epoch: 0)
    while budget > 0, let batch = try batches.next() {
      do {
        try model.validate(batch.observations)
      } catch {
        throw Failure(65, "\(configuration.data.path): \(error)")
      }
      budget -= batch.observations.count
    }
  }

  private func announce(_ data: RunData, _ model: any DirectAutoencoder<Tensor>) {
    guard !output.quiet else { return }
    let parts = [
      "\(Text.count(data.train.count)) to train",
      data.validation.map { "\(Text.count($0.count)) to validate" },
      data.test.map { "\(Text.count($0.count)) to test" },
    ].compactMap { $0 }.joined(separator: ", ")
    let size = data.observationShape
    let colour = size[2] == 1 ? "grey" : size[2] == 3 ? "colour" : "\(size[2]) channels"
    Console.error("\(configuration.data.path): images \(size[1])x\(size[0]) \(colour); \(parts)")
    for problem in data.train.skipped { Console.error("skipped: \(problem)") }
    let skipped = data.train.skipped.count
    if skipped > 0 {
      Console.error("skipped \(Text.count(skipped)) unreadable file\(skipped == 1 ? "" : "s")")
    }
    Console.error(
      "model: \(configuration.model.encoder.name) encoder, \(configuration.model.latent) codes, "
        + "\(configuration.model.decoder.name) decoder, \(configuration.model.likelihood.name) "
        + "likelihood; \(Text.count(model.parameterCount)) parameters")
  }

  private func fit<O: Objective<Batch<Tensor>>>(
    _ objective: O, _ model: any DirectAutoencoder<Tensor>, data: RunData, stop: StopFlag
  ) throws -> TrainingSummary {
    var pictures: RunPictures?
    var progress = ProgressBar(.automatic(isQuiet: output.quiet))
    let history = resume ? try folder.readMetrics() : []
    return try Trainer(configuration.trainer).fit(
      objective, training: data.trainingBatches,
      validation: data.validation.map(data.batches(of:)), in: folder, resume: resume, stop: stop
    ) { event in
      progress.show(event)
      // Only now it is sure that the folder can be used.
      if case .started = event { try configuration.write(to: folder) }
      guard case .epochEnded(let summary) = event else { return }
      do {
        if pictures == nil {
          let earlier = history.filter { $0.epoch < summary.epoch }
          pictures = try RunPictures(configuration, data: data, folder: folder, history: earlier)
        }
        try pictures?.draw(model, after: summary)
      } catch let error as PNGError {
        Console.error("warning: \(error)")
      } catch let error as PictureError {
        Console.error("warning: no pictures: \(error)")
      }
    }
  }

  /// Says how to go on after a stop, or how good the model is.
  private func finish<O: Objective<Batch<Tensor>>>(
    _ summary: TrainingSummary, _ objective: O, _ model: any DirectAutoencoder<Tensor>,
    data: RunData, stop: StopFlag
  ) throws {
    var test: EpochMetrics?
    if summary.ending != .stopped {
      try folder.loadWeights(into: model)
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
    let report = TrainingReport(summary, test: test, folder: folder)
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
