internal import Layers
internal import SystemFiles
internal import TensorCore
internal import VAECore

/// One run of training and its whole state.
struct TrainingLoop<O: Objective> where O.Batch: CountedBatch & Sendable {
  typealias Report = (TrainingEvent) throws -> Void
  typealias Measure = (EpochSummary) throws -> EpochMeasures

  let options: TrainingOptions
  let objective: O
  let training: any BatchSource<O.Batch>
  let validation: (any BatchSource<O.Batch>)?
  let folder: RunFolder?
  let stop: StopFlag
  let profiler: StepProfiler?
  let stepsPerEpoch: Int
  /// What the players train, once each, and the names.
  let names: [String]
  let parameters: [Parameter]

  /// The players, in the order of their steps.
  var seats: [Seat]
  let passes: LossPasses<O>
  var average: MovingAverage?
  var progress = TrainingProgress()
  var log: MetricsLog?
  /// The folder as it was when training began.
  var home: FileIdentity?
  /// The epochs that a resumed run was to have.
  var formerEpochs: Int?
  /// Hashes of the data, and of the file of the best weights.
  var dataFingerprint, weightsFingerprint: String?
  /// Parameters that the first losses did not depend on.
  var unreached: [String] = []
  /// Batches of those who train ahead, by their places.
  var streams: [Int: BatchIterator<O.Batch>] = [:]
  private var clock = Stopwatch()
  private var last: EpochSummary?

  init(
    _ options: TrainingOptions, _ objective: O, training: any BatchSource<O.Batch>,
    validation: (any BatchSource<O.Batch>)?, folder: RunFolder?, stop: StopFlag,
    profile: ProfileRequest? = nil
  ) throws {
    guard training.batchCount > 0 else {
      throw TrainingError("there is nothing to train on: the training data has no examples")
    }
    self.options = options
    self.objective = objective
    self.training = training
    self.validation = validation.flatMap { $0.batchCount > 0 ? $0 : nil }
    self.folder = folder
    self.stop = stop
    profiler = profile.map(StepProfiler.init)
    stepsPerEpoch = (training.batchCount - 1) / options.accumulate + 1
    let players = objective.players
    try players.validate(in: objective, stepsPerEpoch: stepsPerEpoch)
    let all = objective.namedParameters
    seats = players.map { [stepsPerEpoch] in
      Seat($0, among: all, options, stepsPerEpoch: stepsPerEpoch)
    }
    let played = Set(seats.flatMap(\.parameters).map(ObjectIdentifier.init))
    let named = all.filter { played.contains(ObjectIdentifier($0.parameter)) }
    names = named.map(\.name)
    parameters = named.map(\.parameter)
    passes = LossPasses(
      objective, seats.map(\.player), options, exampleCount: training.exampleCount)
    average = options.emaDecay.map { MovingAverage(decay: $0) }
  }

  var step: Int { progress.step }

  // MARK: - Epochs

  mutating func run(measure: Measure?, _ report: Report) throws -> TrainingSummary {
    do {
      return try trained(measure, report)
    } catch let error as CheckpointError {
      // A folder that is gone says more than a file that could not be written into it.
      try requireFolder()
      throw error
    }
  }

  private mutating func trained(_ measure: Measure?, _ report: Report) throws -> TrainingSummary {
    try report(
      .started(
        TrainingPlan(
          epochs: options.epochs, stepsPerEpoch: stepsPerEpoch,
          exampleCount: training.exampleCount,
          parameterCount: parameters.reduce(0) { $0 + $1.count },
          stepsTaken: step)))
    if !options.precision.isFast {
      try report(
        .warning(
          "this processor has no units for \(options.precision.rawValue): training runs in float32")
      )
    }
    let (settled, last) = (objective.settledStep, options.epochs * stepsPerEpoch)
    if settled > last {
      try report(
        .warning(
          "what the objective changes with the step, such as a warm-up, takes \(settled) steps, but the "
            + "run ends after \(last): it never trains by its own weights, and no epoch counts as the "
            + "best"))
    }
    if objective.monitored == .newest,
      options.earlyStopping != nil || options.schedule.name == .plateau
    {
      try report(
        .warning(
          "the objective names nothing to monitor: early stopping and the plateau schedule never act"
        ))
    }
    profiler?.begin(stepsLeft: options.epochs * stepsPerEpoch - step)
    var isSaved = step > 0
    while progress.epoch < options.epochs && !progress.stopsEarly(options.earlyStopping) {
      isSaved = false
      clock = Stopwatch(progress.seconds)
      try trainEpoch(report)
      // Validation and pictures need blocks of other sizes than training does: neither keeps the other's.
      MemoryPool.trim()
      guard progress.batch == training.batchCount, try endEpoch(measure, report) else { break }
      MemoryPool.trim()
      if options.checkpointEvery.map({ step.isMultiple(of: $0) }) ?? true {
        try checkpoint(report)
        isSaved = true
      }
      if stop.isStopped { break }
    }
    if !isSaved { try checkpoint(report) }
    try endProfile(report)
    average?.stay(in: parameters)
    let summary = summary()
    try report(.finished(summary))
    return summary
  }

  private mutating func trainEpoch(_ report: Report) throws {
    let batches = training.batches(epoch: progress.epoch, startingAt: progress.batch)
    while progress.batch < training.batchCount {
      let taken = try takeWatchedStep(batches)
      try report(.step(taken))
      if profiler?.isFull == true { try endProfile(report) }
      if step == 1 && !unreached.isEmpty {
        try report(.warning("no gradient reaches \(unreached.joined(separator: ", "))"))
      }
      if stop.isStopped { break }
      if let every = options.checkpointEvery, step.isMultiple(of: every),
        progress.batch < training.batchCount
      {
        progress.seconds = clock.seconds
        try checkpoint(report)
      }
    }
    progress.seconds = clock.seconds
  }

  /// Validates, measures, keeps the curves and the best weights; false where a stop came in between.
  private mutating func endEpoch(_ measure: Measure?, _ report: Report) throws -> Bool {
    try checkTerms()
    var train = EpochMetrics(
      epoch: progress.epoch + 1, step: step, split: .train, loss: seats[0].averages.loss,
      terms: seats.flatMap(\.averages.terms), exampleCount: seats[0].averages.exampleCount,
      seconds: progress.seconds, learningRate: rate(of: 0, at: max(step - 1, 0)))
    for seat in seats {
      guard let ahead = seat.ahead else { continue }
      let steps = Double(ahead.stepsInEpoch) / Double(stepsPerEpoch)
      train.terms.append(EpochMetrics.Term(name: "\(seat.player.name)_steps_ahead", value: steps))
    }
    let average = average ?? MovingAverage(decay: 0)  // without tensors it leaves the weights
    let isWhole = try average.standing(in: parameters) {
      var summary = EpochSummary(train: train, validation: nil, isBest: true)
      if let validation {
        guard let metrics = try validate(on: validation) else { return false }
        summary.validation = metrics
      }
      let measures = try measure?(summary)
      summary.add(measures?.terms ?? [])
      for i in seats.indices {
        try seats[i].hear(summary)
        if !seats[i].isAhead { streams[i] = nil }
      }
      // Training losses from before the end of a warm-up mean something else; by validation losses,
      // which are always those of its end, the first epoch would long be the best.
      let monitored = try summary.value(of: objective.monitored)
      let settled =
        objective.monitored != .newest && objective.settledStep <= step - stepsPerEpoch
      summary.isBest = progress.hear(monitored, settled: settled, options.earlyStopping)
      try requireFolder()
      try log?.append([summary.train] + (summary.validation.map { [$0] } ?? []))
      if summary.isBest { try saveWeights(summary) }
      last = summary
      if settled { for i in seats.indices { seats[i].schedule.epochEnded(loss: monitored) } }
      try report(.epochEnded(summary))
      for warning in measures?.warnings ?? [] { try report(.warning(warning)) }
      return true
    }
    if isWhole {
      progress.nextEpoch()
      for i in seats.indices { seats[i].averages = RunningAverages() }
    }
    return isWhole
  }

  private func validate(on source: any BatchSource<O.Batch>) throws -> EpochMetrics? {
    let clock = Stopwatch()
    let validating = passes.validating
    var averages = validating.map { _ in RunningAverages() }
    let batches = source.batches(epoch: 0, startingAt: 0)
    var index: UInt64 = 0
    while let batch = try batches.next() {
      if progress.epoch == 0 { try objective.validate(batch) }
      for (i, pass) in validating.enumerated() {
        // The same noise every time, so that epochs differ by their weights alone.
        let (loss, _) = pass(
          batch, step: step, .inference(passes.validationKey.folded(with: index)))
        if let broken = averages[i].add(loss) {
          throw diverged("the validation's \(broken.name)", broken.value, isAfter: true)
        }
      }
      index += 1
      if stop.isStopped { return nil }
    }
    return EpochMetrics(
      epoch: progress.epoch + 1, step: step, split: .validation, loss: averages[0].loss,
      terms: averages.flatMap(\.terms), exampleCount: averages[0].exampleCount,
      seconds: clock.seconds)
  }

  private func summary() -> TrainingSummary {
    let ending: TrainingSummary.Ending =
      progress.epoch >= options.epochs
      ? .completed : progress.stopsEarly(options.earlyStopping) ? .stoppedEarly : .stopped
    return TrainingSummary(
      ending: ending, epochs: progress.epoch, steps: step, last: last,
      monitored: objective.monitored, bestValue: progress.best.map(objective.monitored.shown),
      bestEpoch: progress.bestEpoch, checkpoint: folder?.checkpoint)
  }
}
