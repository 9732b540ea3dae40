internal import Layers
internal import TensorCore
internal import VAECore

/// Inner training at work.
struct InnerLoop<O: Objective> where O.Batch: CountedBatch {
  typealias Batch = O.Batch

  let plan: InnerTraining
  /// Where its parameters stand among all, and their names.
  let places: [Int]
  let names: [String]
  let parameters: [Parameter]
  let lossPass: LossPass<O>
  var optimizer: Optimizer
  var state = InnerState()
  private var batches: BatchIterator<Batch>?

  init(
    _ plan: InnerTraining, _ options: OptimizerOptions, names: [String], parameters: [Parameter],
    _ objective: O, _ precision: Precision, _ arena: Arena
  ) {
    let inner = Set(plan.parameters.map(ObjectIdentifier.init))
    let places = parameters.indices.filter { inner.contains(ObjectIdentifier(parameters[$0])) }
    self.plan = plan
    self.places = places
    self.names = places.map { names[$0] }
    self.parameters = places.map { parameters[$0] }
    optimizer = Optimizer(options, for: self.parameters)
    lossPass = LossPass(objective, gradientsOf: self.parameters, precision: precision, in: arena)
  }

  /// The next batch of a stream of its own, in orders that the outer steps do not see.
  mutating func next(from source: any BatchSource<Batch>) throws -> Batch {
    if state.batch == source.batchCount {
      state.epoch += 1
      state.batch = 0
      batches = nil
    }
    let stream =
      batches ?? source.batches(epoch: (1 << 30) + state.epoch, startingAt: state.batch)
    batches = stream
    guard let batch = try Profile.timing("data", stream.next) else {
      throw TrainingError.shortSource(state.batch, of: source.batchCount)
    }
    state.batch += 1
    return batch
  }

  /// The gradients of all parameters, without its own while they are trained ahead.
  func withholding(_ gradients: [Tensor?]) -> [Tensor?] {
    guard state.isUnderWay else { return gradients }
    var others = gradients
    for place in places { others[place] = nil }
    return others
  }

  /// Takes its part in a step of all parameters once it is not ahead of them any more; gives the sum
  /// of squares of its gradients.
  mutating func join(_ gradients: [Tensor?], rate: Double, gradientScale: Double) -> Double {
    guard !state.isUnderWay else { return 0 }
    return step(places.map { gradients[$0] }, rate: rate, gradientScale: gradientScale)
  }

  /// Takes a step; gives the sum of squares of the gradients, before they are scaled.
  mutating func step(_ gradients: [Tensor?], rate: Double, gradientScale: Double) -> Double {
    var none: MovingAverage?
    return optimizer.step(
      parameters, gradients, at: Array(parameters.indices), rate: rate,
      gradientScale: gradientScale, following: &none)
  }

  /// Hears what an epoch was measured to be; a fall ends the phase.
  mutating func hear(_ summary: EpochSummary) throws(TrainingError) {
    state.stepsInEpoch = 0
    guard state.isUnderWay else { return }
    guard let value = (summary.validation ?? summary.train)[plan.measure] else {
      throw .unmeasured(plan.measure)
    }
    state.isUnderWay = state.lastMeasure.map { value >= $0 } ?? true
    state.lastMeasure = value
    if !state.isUnderWay { batches = nil }
  }
}

/// What a checkpoint keeps of inner training, beside its optimizer.
struct InnerState: Equatable {
  /// Whether the phase goes on.
  var isUnderWay = true
  var lastMeasure: Double?
  /// The place in the stream of inner batches.
  var epoch = 0
  var batch = 0
  /// Inner steps since the epoch began.
  var stepsInEpoch = 0
}

extension TrainingLoop {
  /// Brings the inner parameters up to date, while they are trained ahead of the others.
  mutating func takeInnerSteps() throws {
    guard let plan = inner?.plan, inner?.state.isUnderWay == true else { return }
    var last = Double.infinity
    var recent = RunningAverages()
    for taken in 1...plan.maximumSteps {
      try takeInnerStep(&recent)
      guard taken.isMultiple(of: plan.checkEvery) else { continue }
      guard recent.loss < last else { return }
      last = recent.loss
      recent = RunningAverages()
    }
  }

  private mutating func takeInnerStep(_ averages: inout RunningAverages) throws {
    let (source, rate) = (training, rate(at: step))
    guard let batch = try inner?.next(from: source), let inner else { return }
    let state = inner.state
    if state.epoch == 0 { try objective.validate(batch) }
    let index = state.epoch * training.batchCount + state.batch
    let (loss, slice) = inner.lossPass(
      batch, step: step, .training(innerKey.folded(with: UInt64(index))))
    if let broken = averages.add(loss) {
      throw diverged("the \(broken.name) of an inner step", broken.value)
    }
    let gradients = Array(slice)
    let scale = try clippingScale(gradients, inner.names)
    let squares = self.inner?.step(gradients, rate: rate, gradientScale: scale)
    try check((squares ?? 0).squareRoot(), gradients, inner.names)
    self.inner?.state.stepsInEpoch += 1
  }
}
