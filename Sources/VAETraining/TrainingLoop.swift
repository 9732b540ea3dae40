internal import Layers
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
  let names: [String]
  let parameters: [Parameter]

  /// Each batch has the key of its number, so that there is no position to keep.
  private let trainingKey: RandomKey
  private let validationKey: RandomKey
  let innerKey: RandomKey

  let lossPass: LossPass<O>
  private let validationPass: LossPass<O>
  /// Of the parameters that are not trained ahead of the others.
  var optimizer: Optimizer
  let outerPlaces: [Int]
  var inner: InnerLoop<O>?
  var schedule: Schedule
  var average: MovingAverage?
  var progress = TrainingProgress()
  var log: MetricsLog?
  private var clock = Stopwatch()
  private var last: EpochSummary?
  /// Parameters that the first loss did not depend on.
  private var unreached: [String] = []

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
    let named = objective.namedParameters.filter { $0.parameter.isTrainable }
    names = named.map(\.name)
    parameters = named.map(\.parameter)
    let arena = Arena()
    let precision = options.precision.isFast ? options.precision : .float32
    lossPass = LossPass(
      objective, gradientsOf: parameters, precision: precision, in: arena)
    validationPass = LossPass(objective, gradientsOf: [], in: arena)
    inner = objective.innerTraining.map { [names, parameters] in
      InnerLoop(
        $0, options.optimizer, names: names, parameters: parameters, objective,
        precision, arena)
    }
    let places = Set(inner?.places ?? [])
    outerPlaces = parameters.indices.filter { !places.contains($0) }
    optimizer = Optimizer(
      options.optimizer, for: outerPlaces.map { [parameters] in parameters[$0] })
    let stepsPerEpoch = (training.batchCount - 1) / options.accumulate + 1
    schedule = Schedule(
      options.schedule, rate: options.optimizer.learningRate, epochs: options.epochs,
      stepsPerEpoch: stepsPerEpoch)
    trainingKey = RandomKey(seed: options.seed, .training)
    validationKey = RandomKey(seed: options.seed, .validation)
    innerKey = RandomKey(seed: options.seed, .players).folded(with: 1)
    average = options.emaDecay.map { MovingAverage(decay: $0) }
  }

  var stepsPerEpoch: Int { (training.batchCount - 1) / options.accumulate + 1 }
  var step: Int { optimizer.stepCount }

  // MARK: - Epochs

  mutating func run(measure: Measure?, _ report: Report) throws -> TrainingSummary {
    try report(
      .started(
        TrainingPlan(
          epochs: options.epochs, stepsPerEpoch: stepsPerEpoch,
          exampleCount: training.exampleCount, parameterCount: objective.parameterCount,
          stepsTaken: step)))
    if !options.precision.isFast {
      try report(
        .warning(
          "this processor has no units for \(options.precision.rawValue): training runs in float32")
      )
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
    var train = EpochMetrics(
      epoch: progress.epoch + 1, step: step, split: .train, loss: progress.averages.loss,
      terms: progress.averages.terms, exampleCount: progress.averages.exampleCount,
      seconds: progress.seconds, learningRate: rate(at: max(step - 1, 0)))
    if let inner {
      let steps = Double(inner.state.stepsInEpoch) / Double(stepsPerEpoch)
      train.terms.append(EpochMetrics.Term(name: "inner_steps", value: steps))
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
      try inner?.hear(summary)
      // Training losses from before the end of a warm-up mean something else; by validation losses,
      // which are always those of its end, the first epoch would long be the best.
      let settled = objective.settledStep <= step - stepsPerEpoch
      summary.isBest = progress.hear(
        summary.monitoredLoss, settled: settled, options.earlyStopping)
      try log?.append([summary.train] + (summary.validation.map { [$0] } ?? []))
      if summary.isBest { try saveWeights(summary) }
      last = summary
      if settled { schedule.epochEnded(loss: summary.monitoredLoss) }
      try report(.epochEnded(summary))
      for warning in measures?.warnings ?? [] { try report(.warning(warning)) }
      return true
    }
    if isWhole { progress.nextEpoch() }
    return isWhole
  }

  private func validate(on source: any BatchSource<O.Batch>) throws -> EpochMetrics? {
    let clock = Stopwatch()
    var averages = RunningAverages()
    let batches = source.batches(epoch: 0, startingAt: 0)
    var index: UInt64 = 0
    while let batch = try batches.next() {
      if progress.epoch == 0 { try objective.validate(batch) }
      // The same noise every time, so that epochs differ by their weights alone.
      let (loss, _) = validationPass(
        batch, step: max(step, objective.settledStep),
        .inference(validationKey.folded(with: index)))
      if let broken = averages.add(loss) {
        throw diverged("the validation's \(broken.name)", broken.value, isAfter: true)
      }
      index += 1
      if stop.isStopped { return nil }
    }
    return EpochMetrics(
      epoch: progress.epoch + 1, step: step, split: .validation, loss: averages.loss,
      terms: averages.terms, exampleCount: averages.exampleCount, seconds: clock.seconds)
  }

  private func summary() -> TrainingSummary {
    let ending: TrainingSummary.Ending =
      progress.epoch >= options.epochs
      ? .completed : progress.stopsEarly(options.earlyStopping) ? .stoppedEarly : .stopped
    return TrainingSummary(
      ending: ending, epochs: progress.epoch, steps: step, last: last,
      bestLoss: progress.bestLoss, bestEpoch: progress.bestEpoch, checkpoint: folder?.checkpoint)
  }

  // MARK: - Steps

  func rate(at step: Int) -> Double { schedule.rate(step: step, epoch: progress.epoch) }

  mutating func takeStep(_ batches: BatchIterator<O.Batch>) throws -> StepReport {
    try takeInnerSteps()
    let (all, loss, count, scale) = try accumulatedGradients(batches)
    if step == 0 { unreached = zip(names, all).filter { $0.1 == nil }.map(\.0) }
    let gradients = inner?.withholding(all) ?? all
    let rate = rate(at: step)
    let gradientScale = try clippingScale(gradients, names, scale)
    let squares = update(gradients, rate: rate, gradientScale: gradientScale)
    let norm = squares.squareRoot() * scale
    try check(norm, gradients, names, isAfter: true)
    return StepReport(
      epoch: progress.epoch + 1, step: step,
      stepInEpoch: (progress.batch - 1) / options.accumulate + 1, loss: loss,
      gradientNorm: norm, learningRate: rate, exampleCount: count)
  }

  /// Changes the weights; gives the sum of squares of the gradients, before they are scaled.
  private mutating func update(
    _ gradients: [Tensor?], rate: Double, gradientScale: Double
  ) -> Double {
    let parameters = parameters
    // One pass does both where the optimizer has all parameters and the average has begun.
    let isInPass = inner == nil && average?.tensors.isEmpty == false
    var following = isInPass ? average : nil
    if isInPass { average = nil }  // so that nobody else holds the tensors while they change
    var squares = optimizer.step(
      parameters, gradients, at: outerPlaces, rate: rate, gradientScale: gradientScale,
      following: &following)
    if isInPass { average = following }
    squares += inner?.join(gradients, rate: rate, gradientScale: gradientScale) ?? 0
    if !isInPass { average?.follow(parameters) }
    return squares
  }

  /// The gradients of the batches of one step, to be multiplied by `scale`.
  private mutating func accumulatedGradients(
    _ batches: BatchIterator<O.Batch>
  ) throws -> (gradients: [Tensor?], loss: Double, count: Int, scale: Double) {
    var sum: [Tensor?] = []
    var loss = 0.0
    var count = 0
    let end = min(progress.batch + options.accumulate, training.batchCount)
    let isAlone = end - progress.batch == 1
    while progress.batch < end {
      guard let batch = try Profile.timing("data", batches.next) else {
        throw TrainingError.shortSource(progress.batch, of: training.batchCount)
      }
      // Sources may make each epoch's batches anew, but not of other stuff.
      if progress.epoch == 0 { try objective.validate(batch) }
      let (gradients, mean) = try gradients(of: batch)
      progress.batch += 1
      loss += mean * Double(batch.count)
      count += batch.count
      if isAlone { return (gradients, mean, count, 1) }
      let weighted = gradients.map { $0.map { $0 * Double(batch.count) } }
      sum = sum.isEmpty ? weighted : zip(sum, weighted).map { Self.sum($0, $1) }
    }
    return (sum, loss / Double(count), count, 1 / Double(count))
  }

  private static func sum(_ a: Tensor?, _ b: Tensor?) -> Tensor? {
    guard let a, let b else { return a ?? b }
    return a + b
  }

  /// The gradients of a batch's average loss; they stand until the next batch, and the tape is gone when this returns, so
  /// that weights change in place.
  private mutating func gradients(of batch: O.Batch) throws -> ([Tensor?], Double) {
    let index = progress.epoch * training.batchCount + progress.batch
    let (loss, gradients) = lossPass(
      batch, step: step, .training(trainingKey.folded(with: UInt64(index))))
    if let broken = progress.averages.add(loss) {
      throw diverged("the \(broken.name)", broken.value)
    }
    return (Array(gradients), loss.total)
  }
}
