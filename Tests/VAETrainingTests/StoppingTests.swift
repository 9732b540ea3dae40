import Layers
import Synchronization
import TensorCore
import Testing
import VAECore
import VAETraining

/// A loss that is the data's, whatever the weight; or a term, where that is monitored.
private struct Level: Objective {
  let weight = Parameter(.zeros([1]))
  let settling: Scheduled
  let monitored: Monitored

  init(settledStep: Int = 0, _ monitored: Monitored = .loss) {
    settling = .linear(from: 0, to: 1, steps: settledStep)
    self.monitored = monitored
  }

  var parts: KeyValuePairs<String, any ModulePart> { ["weight": weight, "settling": settling] }

  func loss(on batch: Batch<[Tensor]>, _ context: inout Context) -> Loss {
    let level = Variable(batch.observations[0]).sumPerExample()
    let total = (monitored == .loss ? level : level * 0).mean() + (context[weight] * 0).sum()
    return Loss(total: total, terms: ["level": level.value, "height": level.value * -1])
  }
}

/// Validation data of one example whose loss is the next of `levels` each time it is asked for.
private final class Script: BatchSource {
  let exampleCount = 1
  let batchCount = 1
  private let levels: [Double]
  private let next: Mutex<Int>

  init(_ levels: [Double], from epoch: Int = 0) {
    self.levels = levels
    next = Mutex(epoch)
  }

  func batches(epoch: Int, startingAt start: Int) -> BatchIterator<Batch<[Tensor]>> {
    let place = next.withLock { next in
      defer { next += 1 }
      return next
    }
    var left = [Tensor([levels[place]], shape: [1, 1]).converted(to: .float32)]
    return BatchIterator { left.popLast().map { Batch(observations: [$0], count: 1) } }
  }
}

/// When training stops early and when the rate falls, epoch by epoch, by losses that a script sets.
@Suite struct StoppingTests {
  /// Two steps an epoch.
  private let training = PlanePoints(count: 8, batchSize: 4)

  /// Trains over the levels, cut after some of the epochs; gives the rates of all epochs.
  @discardableResult private func train(
    _ levels: [Double], _ options: TrainingOptions, settledStep: Int = 0, cutAfter cut: Int? = nil,
    monitored: Monitored = .loss, hear: (TrainingEvent) -> Void = { _ in }
  ) throws -> (rates: [Double], end: TrainingSummary) {
    let folder = try TemporaryFolder()
    var rates: [Double] = []
    func part(until epochs: Int, from start: Int) throws -> TrainingSummary {
      var options = options
      options.epochs = epochs
      return try Trainer(options).fit(
        Level(settledStep: settledStep, monitored), training: training,
        validation: Script(levels, from: start),
        in: RunFolder(folder.path), resume: start > 0
      ) { event in
        hear(event)
        if case .epochEnded(let summary) = event { rates.append(summary.train.learningRate ?? 0) }
      }
    }
    if let cut { _ = try part(until: cut, from: 0) }
    let end = try part(until: levels.count, from: cut ?? 0)
    return (rates, end)
  }

  private func early(_ patience: Int, minimumImprovement: Double = 0) -> TrainingOptions {
    var options = TrainingOptions(epochs: 0)
    options.earlyStopping = EarlyStoppingOptions(
      patience: patience, minimumImprovement: minimumImprovement)
    return options
  }

  private func plateau(_ change: (inout ScheduleOptions) -> Void) -> TrainingOptions {
    var schedule = ScheduleOptions.plateau(factor: 0.5, patience: 0)
    change(&schedule)
    return TrainingOptions(epochs: 0, optimizer: .sgd(learningRate: 1), schedule: schedule)
  }

  @Test func stopsWithTheEpochThatEndsItsPatience() throws {
    let (rates, end) = try train([5, 4, 4, 4, 4, 4, 4], early(2))
    #expect(rates.count == 4 && end.epochs == 4 && end.ending == .stoppedEarly)
    #expect(end.bestEpoch == 2 && end.bestValue == 4)
    // An improvement begins the count anew.
    #expect(try train([5, 5, 4, 5, 5, 3], early(2)).end.epochs == 5)
    #expect(try train([5, 5, 4, 5, 3, 5, 2], early(2)).end.ending == .completed)
    // The best is the best, however small the improvement.
    let close = try train([5, 4.875, 4.75, 1], early(2, minimumImprovement: 0.5)).end
    #expect(close.epochs == 3 && close.bestEpoch == 3 && close.bestValue == 4.75)
  }

  @Test(arguments: 1...4) func badEpochsCountOnAfterACut(cut: Int) throws {
    let (rates, end) = try train([5, 4, 4, 4, 4, 4, 4, 4, 4], early(3), cutAfter: cut)
    #expect(rates.count == 5 && end.epochs == 5 && end.ending == .stoppedEarly)
  }

  @Test(arguments: [nil, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11] as [Int?]) func aPlateauGoesOnAfterACut(
    cut: Int?
  ) throws {
    let options = plateau { ($0.patience, $0.cooldown) = (1, 2) }
    let (rates, _) = try train(Array(repeating: 3, count: 12), options, cutAfter: cut)
    #expect(rates == [1, 1, 1, 0.5, 0.5, 0.5, 0.5, 0.25, 0.25, 0.25, 0.25, 0.125])
  }

  @Test(arguments: [nil, 1, 2, 3] as [Int?]) func lossesOfAWarmUpLowerNoRate(cut: Int?) throws {
    // The lowest come first, when they mean something else.
    let levels: [Double] = [1, 1, 6, 5, 4, 4]
    let (rates, end) = try train(levels, plateau { _ in }, settledStep: 4, cutAfter: cut)
    #expect(rates == [1, 1, 1, 1, 1, 1])
    #expect(end.bestEpoch == 5 && end.bestValue == 4)
    // Settled within the second epoch, the third is the first that counts.
    #expect(try train(levels, plateau { _ in }, settledStep: 3).rates == rates)
    #expect(
      try train(levels, plateau { _ in }, settledStep: 2).rates == [1, 1, 1, 0.5, 0.25, 0.125])
    #expect(try train(levels, early(1), settledStep: 4, cutAfter: cut).end.epochs == 6)
  }

  @Test(arguments: [Monitored.lowest("level"), .highest("height")])
  func theTermThatIsMonitoredDecides(monitored: Monitored) throws {
    let end = try train([5, 4, 4, 4, 4, 4, 4], early(2), monitored: monitored).end
    #expect(end.epochs == 4 && end.ending == .stoppedEarly && end.bestEpoch == 2)
    #expect(end.bestValue == (monitored == .lowest("level") ? 4 : -4))
    let options = plateau { ($0.patience, $0.cooldown) = (1, 2) }
    for cut in [nil, 3, 7] {
      let (rates, _) = try train(
        Array(repeating: 3, count: 9), options, cutAfter: cut, monitored: monitored)
      #expect(rates == [1, 1, 1, 0.5, 0.5, 0.5, 0.5, 0.25, 0.25])
    }
  }

  @Test func whereNothingIsMonitoredTheNewestIsKept() throws {
    var options = plateau { _ in }
    options.earlyStopping = EarlyStoppingOptions(patience: 1)
    var (warnings, best): ([String], [Bool]) = ([], [])
    let (rates, end) = try train([1, 2, 3, 4], options, monitored: .newest) { event in
      if case .warning(let text) = event { warnings.append(text) }
      if case .epochEnded(let summary) = event { best.append(summary.isBest) }
    }
    #expect(rates == [1, 1, 1, 1] && best == [true, true, true, true])
    #expect(end.ending == .completed && end.bestEpoch == 4 && end.bestValue == nil)
    #expect(warnings.count == 1 && warnings[0].contains("names nothing to monitor"))
  }
}
