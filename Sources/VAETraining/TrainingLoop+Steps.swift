internal import Layers
internal import TensorCore
internal import VAECore

// One step of a run: those who go ahead, then each player's turn, on the same batches.

extension TrainingLoop {
  func rate(of seat: Int, at step: Int) -> Double {
    seats[seat].schedule.rate(step: step, epoch: progress.epoch)
  }

  mutating func takeStep(_ source: BatchIterator<O.Batch>) throws -> StepReport {
    for i in seats.indices where seats[i].isAhead { try getAhead(i) }
    let first = progress.epoch * training.batchCount + progress.batch
    let batches = try nextBatches(source)
    let averagesInPass = canAverageInPass
    var squares = 0.0
    for leader in seats.indices where seats[leader].leads(at: step) {
      let norm = try takeTurn(leader, on: batches, from: first, averaging: averagesInPass)
      squares += norm * norm
    }
    let rate = rate(of: 0, at: step)
    progress.step += 1
    let parameters = parameters
    if !averagesInPass { average?.follow(parameters) }
    return StepReport(
      epoch: progress.epoch + 1, step: step,
      stepInEpoch: (progress.batch - 1) / options.accumulate + 1, loss: seats[0].lastLoss,
      gradientNorm: squares.squareRoot(), learningRate: rate,
      exampleCount: batches.reduce(0) { $0 + $1.count })
  }

  /// Whether the moving average follows in the optimizer's pass: where that has all parameters, and
  /// nothing changes them afterwards.
  private var canAverageInPass: Bool {
    guard seats.count == 1, let average, !average.tensors.isEmpty else { return false }
    return seats[0].leads(at: step) && seats[0].optimizer.options.weightLimit == nil
  }

  /// The batches of one step, which all players see.
  private mutating func nextBatches(_ source: BatchIterator<O.Batch>) throws -> [O.Batch] {
    let end = min(progress.batch + options.accumulate, training.batchCount)
    var batches: [O.Batch] = []
    while progress.batch < end {
      guard let batch = try Profile.timing("data", source.next) else {
        throw TrainingError.shortSource(progress.batch, of: training.batchCount)
      }
      // Sources may make each epoch's batches anew, but not of other stuff.
      if progress.epoch == 0 { try objective.validate(batch) }
      batches.append(batch)
      progress.batch += 1
    }
    return batches
  }

  /// A player's step, and that of those who step with it; gives the norm of their gradients.
  private mutating func takeTurn(
    _ leader: Int, on batches: [O.Batch], from first: Int, averaging: Bool
  ) throws -> Double {
    let movers =
      leader == 0 ? [0] + seats.indices.filter { seats[$0].followsTheFirst } : [leader]
    let pass = passes(of: movers)
    var sum: [Tensor?] = []
    var (loss, count) = (0.0, 0)
    for (i, batch) in batches.enumerated() {
      let (gradients, mean) = try gradients(of: leader, by: pass, on: batch, UInt64(first + i))
      loss += mean * Double(batch.count)
      count += batch.count
      let weighted =
        batches.count == 1 ? gradients : gradients.map { $0.map { $0 * Double(batch.count) } }
      sum = sum.isEmpty ? weighted : zip(sum, weighted).map { Self.sum($0, $1) }
    }
    seats[leader].lastLoss = loss / Double(count)
    if step == 0 {
      unreached += zip(pass.names, sum).filter { $0.1 == nil }.map(\.0)
    }
    return try update(
      movers, pass, sum, scale: batches.count == 1 ? 1 : 1 / Double(count), averaging: averaging)
  }

  private static func sum(_ a: Tensor?, _ b: Tensor?) -> Tensor? {
    guard let a, let b else { return a ?? b }
    return a + b
  }

  /// The gradients of a batch's average loss; they stand until the next batch, and the tape is gone when this returns, so
  /// that weights change in place.
  private mutating func gradients(
    of leader: Int, by pass: LossPass<O>, on batch: O.Batch, _ index: UInt64
  ) throws -> ([Tensor?], Double) {
    let (loss, gradients) = pass(
      batch, step: step, .training(passes.trainingKeys[leader].folded(with: index)))
    if let broken = seats[leader].averages.add(loss) {
      throw diverged("the \(broken.name)", broken.value)
    }
    return (Array(gradients), loss.total)
  }

  /// Changes the weights of those who step together by their gradients, which `scale` turns into
  /// those of the average loss; gives the norm of these, before clipping.
  private mutating func update(
    _ movers: [Int], _ pass: LossPass<O>, _ gradients: [Tensor?], scale: Double, averaging: Bool
  ) throws -> Double {
    let gradientScale = try clippingScale(gradients, pass.names, scale)
    var following = averaging ? average : nil
    if averaging { average = nil }  // so that nobody else holds the tensors while they change
    var squares = 0.0
    for (i, places) in zip(movers, pass.places) {
      squares += seats[i].step(
        places.map { gradients[$0] }, rate: rate(of: i, at: step), gradientScale: gradientScale,
        following: &following)
    }
    if averaging { average = following }
    let norm = squares.squareRoot() * scale
    try check(norm, gradients, pass.names)
    return norm
  }

  // MARK: - Ahead

  /// Brings a player up to date before the others step.
  private mutating func getAhead(_ i: Int) throws {
    guard case .ahead(let most, let checkEvery, _) = seats[i].player.turn else { return }
    let pass = passes(of: [i])
    var last = Double.infinity
    var recent = RunningAverages()
    for taken in 1...most {
      let (batch, index) = try nextBatch(ahead: i)
      let (loss, gradients) = pass(
        batch, step: step, .training(passes.trainingKeys[i].folded(with: index)))
      if let broken = recent.add(loss) {
        throw diverged("the \(broken.name) of a step ahead", broken.value)
      }
      _ = try update([i], pass, Array(gradients), scale: 1, averaging: false)
      seats[i].ahead?.stepsInEpoch += 1
      guard taken.isMultiple(of: checkEvery) else { continue }
      guard recent.loss < last else { return }
      last = recent.loss
      recent = RunningAverages()
    }
  }

  /// The next batch of a stream of its own, in orders that the other steps do not see, and its
  /// number.
  private mutating func nextBatch(ahead i: Int) throws -> (O.Batch, index: UInt64) {
    var state = seats[i].ahead ?? Seat.Ahead()
    if state.batch == training.batchCount {
      state.epoch += 1
      state.batch = 0
      streams[i] = nil
    }
    let stream =
      streams[i] ?? training.batches(epoch: (i << 30) + state.epoch, startingAt: state.batch)
    streams[i] = stream
    guard let batch = try Profile.timing("data", stream.next) else {
      throw TrainingError.shortSource(state.batch, of: training.batchCount)
    }
    state.batch += 1
    if state.epoch == 0 { try objective.validate(batch) }
    seats[i].ahead = state
    return (batch, UInt64(state.epoch * training.batchCount + state.batch))
  }
}
