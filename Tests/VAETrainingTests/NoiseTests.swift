import Layers
import TensorCore
import Testing
import VAECore
import VAETraining

/// Weights under noise from the pass's key, which is noted; one has a player of its own, who goes ahead or is a rival, if
/// asked to.
private struct Noisy: Objective {
  final class Notes {
    var training: [Double] = []
    var validation: [Double] = []
  }

  let notes = Notes()
  let ahead = Parameter(Tensor(repeating: 1, shape: [1]))
  let rest = Parameter(Tensor(repeating: 1, shape: [1]))
  var stepsAhead = 0
  var hasRival = false

  var parts: KeyValuePairs<String, any ModulePart> { ["ahead": ahead, "rest": rest] }

  var players: [Player] {
    if hasRival {
      return [Player("rest", parameters: [rest]), Player("rival", parameters: [ahead])]
    }
    guard stepsAhead > 0 else { return [Player("model", of: self)] }
    return [
      Player("rest", parameters: [rest]),
      Player(
        "ahead", parameters: [ahead], turn: .ahead(steps: stepsAhead, whileRising: "information")),
    ]
  }

  func loss(on batch: Batch<[Tensor]>, _ context: inout Context) -> Loss {
    let noise = context.key.normal([batch.count])
    if context.isTraining {
      notes.training.append(noise.doubles[0])
    } else {
      notes.validation.append(noise.doubles[0])
    }
    let squares = (context[ahead] + context[rest] - Variable(noise)).squared()
    var loss = Loss(total: squares.mean(), terms: [:])
    loss.terms.append((context.player ?? "", squares.value))
    return loss
  }
}

/// Where the noise of each pass comes from.
@Suite struct NoiseTests {
  /// How a run is cut into steps: four batches an epoch.
  enum Form: CaseIterable {
    case plain, accumulated, ahead, aheadAndAccumulated, rival, rivalAndAccumulated

    var accumulate: Int {
      [.accumulated, .aheadAndAccumulated, .rivalAndAccumulated].contains(self) ? 3 : 1
    }
    var hasRival: Bool { self == .rival || self == .rivalAndAccumulated }
    var stepsAhead: Int { self == .ahead || self == .aheadAndAccumulated ? 3 : 0 }
    var stepsPerEpoch: Int { accumulate == 1 ? 4 : 2 }
    /// Passes of a whole run of three epochs; the phase ahead ends with the second.
    var passes: Int { 3 * (hasRival ? 8 : 4) + 2 * stepsPerEpoch * stepsAhead }
  }

  private func train(
    _ objective: Noisy, _ form: Form, in folder: RunFolder? = nil, resume: Bool = false,
    stopAt: Int? = nil
  ) throws {
    var options = TrainingOptions(epochs: 3, seed: 7, optimizer: .sgd(learningRate: 0.01))
    options.accumulate = form.accumulate
    let stop = StopFlag()
    try Trainer(options).fit(
      objective, training: PlanePoints(count: 32, batchSize: 8),
      validation: PlanePoints(count: 12, batchSize: 4), in: folder, resume: resume, stop: stop,
      report: { if case .step(let report) = $0, report.step == stopAt { stop.stop() } },
      measure: { epoch in
        let value = epoch.epoch == 1 ? 1.0 : 0
        return EpochMeasures(terms: [EpochMetrics.Term(name: "information", value: value)])
      })
  }

  @Test(arguments: Form.allCases) func everyPassHasNoiseOfItsOwn(_ form: Form) throws {
    let objective = Noisy(stepsAhead: form.stepsAhead, hasRival: form.hasRival)
    try train(objective, form)
    let noise = objective.notes.training
    #expect(noise.count == form.passes)
    #expect(Set(noise).count == noise.count)
  }

  @Test(arguments: Form.allCases) func validationHasNoiseOfItsBatches(_ form: Form) throws {
    let objective = Noisy(stepsAhead: form.stepsAhead, hasRival: form.hasRival)
    try train(objective, form)
    // Each loss that is validated sees the same noise.
    let noise = objective.notes.validation.enumerated()
      .filter { !form.hasRival || $0.offset.isMultiple(of: 2) }.map(\.element)
    try #require(noise.count == 9)
    // A batch has its own, which it has again in the next epoch.
    #expect(Set(noise.prefix(3)).count == 3)
    #expect(noise[3..<6] == noise[0..<3] && noise[6..<9] == noise[0..<3])
    #expect(Set(objective.notes.validation) == Set(noise))
    #expect(Set(noise).isDisjoint(with: objective.notes.training))
  }

  @Test(arguments: Form.allCases) func noiseIsOfItsPassWhereverARunWasCut(_ form: Form) throws {
    let whole = Noisy(stepsAhead: form.stepsAhead, hasRival: form.hasRival)
    try train(whole, form)
    for step in [1, 2, 3, form.stepsPerEpoch, 2 * form.stepsPerEpoch + 1] {
      let folder = try TemporaryFolder()
      let parts = Noisy(stepsAhead: form.stepsAhead, hasRival: form.hasRival)
      try train(parts, form, in: RunFolder(folder.path), stopAt: step)
      #expect(parts.notes.training.count < form.passes)
      try train(parts, form, in: RunFolder(folder.path), resume: true)
      #expect(parts.notes.training == whole.notes.training)
      #expect(parts.notes.validation.suffix(3) == whole.notes.validation.suffix(3))
    }
  }

  @Test func anotherSeedGivesOtherNoise() throws {
    func noise(seed: UInt64) throws -> [Double] {
      let objective = Noisy()
      try Trainer(TrainingOptions(epochs: 2, seed: seed)).fit(
        objective, training: PlanePoints(count: 32, batchSize: 8))
      return objective.notes.training
    }
    let (one, other) = (try noise(seed: 1), try noise(seed: 2))
    #expect(Set(one).isDisjoint(with: other))
  }
}
