import ELBOObjective
import GaussianFamily
import Layers
import MLPComponents
import Synchronization
import TensorCore
import Testing
import VAECore
import VAEEvaluation

@testable import VAETraining

/// Linear regression whose weight is trained ahead of its bias.
private struct Lagging: Objective {
  let model = LinearRegression(dtype: .float64)
  var maximumSteps = 100
  var checkEvery = 10

  var parts: KeyValuePairs<String, any ModulePart> { ["model": model] }

  var players: [Player] {
    [
      Player("bias", parameters: [model.bias]),
      Player(
        "weight", parameters: [model.weight],
        turn: .ahead(steps: maximumSteps, checkEvery: checkEvery, whileRising: "information")),
    ]
  }

  func loss(on batch: Batch<[Tensor]>, _ context: inout Context) -> Loss {
    model.loss(on: batch, &context)
  }
}

/// Points that note which epochs were asked for.
private final class Asked: BatchSource {
  let points: PlanePoints
  let epochs = Mutex<[Int]>([])
  var exampleCount: Int { points.exampleCount }
  var batchCount: Int { points.batchCount }

  init(_ points: PlanePoints) { self.points = points }

  func batches(epoch: Int, startingAt start: Int) -> BatchIterator<Batch<[Tensor]>> {
    epochs.withLock { $0.append(epoch) }
    return points.batches(epoch: epoch, startingAt: start)
  }
}

/// Measures that depend on the epoch alone.
private func scripted(_ values: [Double]) -> @Sendable (EpochSummary) -> EpochMeasures {
  { EpochMeasures(terms: [EpochMetrics.Term(name: "information", value: values[$0.epoch - 1])]) }
}

private let rising = scripted(Array(repeating: 1, count: 100))

@Suite struct AheadTests {
  private func points(_ count: Int, batchSize: Int) -> PlanePoints {
    PlanePoints(count: count, batchSize: batchSize, dtype: .float64)
  }

  /// Steps ahead in each epoch, a step of the rest, over epochs of one step.
  private func stepsAhead(
    _ objective: Lagging, rate: Double, epochs: Int = 1, batchSize: Int = 40,
    _ measure: @escaping (EpochSummary) -> EpochMeasures = rising
  ) throws -> [Double] {
    var counts: [Double] = []
    try Trainer(TrainingOptions(epochs: epochs, optimizer: .sgd(learningRate: rate))).fit(
      objective, training: points(40, batchSize: batchSize),
      report: {
        if case .epochEnded(let summary) = $0 {
          counts.append(summary.train["weight_steps_ahead"] ?? .nan)
        }
      }, measure: measure)
    return counts
  }

  @Test func stepsAheadEndWhenTheirLossStopsFalling() throws {
    // The whole data is one batch: the loss falls all the time, or stands still.
    #expect(try stepsAhead(Lagging(), rate: 1e-4) == [100])
    #expect(try stepsAhead(Lagging(maximumSteps: 7), rate: 1e-4) == [7])
    #expect(try stepsAhead(Lagging(), rate: 0) == [20])
    #expect(try stepsAhead(Lagging(checkEvery: 3), rate: 0) == [6])
  }

  /// Four batches an epoch, and three steps ahead of each step.
  @Test func stepsAheadSeeBatchesInOrdersOfTheirOwn() throws {
    let source = Asked(points(40, batchSize: 10))
    try Trainer(TrainingOptions(epochs: 2, optimizer: .sgd(learningRate: 1e-4))).fit(
      Lagging(maximumSteps: 3), training: source, measure: rising)
    let asked = source.epochs.withLock { $0 }
    #expect(asked.filter { $0 < 1000 } == [0, 1])
    #expect(asked.filter { $0 >= 1000 }.count == 6 && Set(asked).count == asked.count)
  }

  @Test func theFirstFallOfTheMeasureEndsThePhase() throws {
    let counts = try stepsAhead(
      Lagging(maximumSteps: 10), rate: 1e-4, epochs: 6, scripted([1, 2, 2, 1.9, 3, 4]))
    #expect(counts == [10, 10, 10, 10, 0, 0])
  }

  /// In the phase the weight moves ahead alone, the bias in the others alone; afterwards
  /// both move together.
  @Test func eachStepMovesItsOwn() throws {
    let objective = Lagging(maximumSteps: 1)
    let data = points(40, batchSize: 40)
    let rate = 0.05
    func slopes() -> (weight: [Double], bias: [Double]) {
      var context = Context.training(RandomKey(seed: 0))
      let batch = Batch(observations: [data.x, data.y], count: 40)
      let loss = objective.loss(on: batch, &context)
      let gradients = loss.total.gradient(
        withRespectTo: [objective.model.weight, objective.model.bias])
      return (gradients[0]?.doubles ?? [], gradients[1]?.doubles ?? [])
    }
    func moved(_ start: [Double], _ slope: [Double], to end: [Double]) -> Bool {
      zip(zip(start, slope), end).allSatisfy { abs($0.0 - rate * $0.1 - $1) < 1e-12 }
    }
    var (weight, bias) = (objective.model.weight.value.doubles, objective.model.bias.value.doubles)
    var slope = slopes()
    try Trainer(TrainingOptions(epochs: 3, optimizer: .sgd(learningRate: rate))).fit(
      objective, training: data,
      report: { event in
        guard case .step(let report) = event else { return }
        let (w, b) = (objective.model.weight.value.doubles, objective.model.bias.value.doubles)
        #expect(moved(weight, slope.weight, to: w))
        if report.step < 3 {
          // The bias sees the weight that has just moved.
          objective.model.bias.value = Tensor(bias, shape: [1])
          #expect(moved(bias, slopes().bias, to: b))
          objective.model.bias.value = Tensor(b, shape: [1])
        } else {
          #expect(moved(bias, slope.bias, to: b))
        }
        (weight, bias) = (w, b)
        slope = slopes()
      }, measure: scripted([1, 0, 0]))
  }

  /// As ``ResumeTests`` does it, with everything that has a state.
  private func train(
    _ path: String, resume: Bool = false, stopAt: Int? = nil,
    _ objective: some Objective<
      Batch<[Tensor]>
    > = Lagging(maximumSteps: 24)
  ) throws {
    var options = TrainingOptions(epochs: 4, optimizer: .adam(learningRate: 0.05))
    options.emaDecay = 0.9
    options.accumulate = 2
    options.clipNorm = 3
    options.checkpointEvery = 3
    let stop = StopFlag()
    try Trainer(options).fit(
      objective, training: points(50, batchSize: 8), validation: points(20, batchSize: 8),
      in: RunFolder(path), resume: resume, stop: stop,
      report: {
        if case .step(let report) = $0, report.step == stopAt { stop.stop() }
      }, measure: scripted([1, 2, 1, 5]))
  }

  @Test(arguments: [1, 3, 4, 6, 8, 11, 12, 13, 16]) func resumingGivesTheSameBytes(
    step: Int
  ) throws {
    let (whole, parts) = (try TemporaryFolder(), try TemporaryFolder())
    try train(whole.path)
    try train(parts.path, stopAt: step)
    try train(parts.path, resume: true)
    let (a, b) = (RunFolder(whole.path), RunFolder(parts.path))
    #expect(curves(a.metrics).count == 8)
    #expect(curves(a.metrics) == curves(b.metrics))
    #expect(contents(a.model) == contents(b.model) && contents(a.model) != nil)
    #expect(contents(a.checkpoint) == contents(b.checkpoint))
  }

  @Test func aRunIsResumedAsItWasBegun() throws {
    let (lagging, plain) = (try TemporaryFolder(), try TemporaryFolder())
    struct Plain: Objective {
      let model = LinearRegression(dtype: .float64)
      var parts: KeyValuePairs<String, any ModulePart> { ["model": model] }
      func loss(on batch: Batch<[Tensor]>, _ context: inout Context) -> Loss {
        model.loss(on: batch, &context)
      }
    }
    try train(lagging.path, stopAt: 2)
    try train(plain.path, stopAt: 2, Plain())
    #expect { try train(lagging.path, resume: true, Plain()) } throws: {
      "\($0)".contains("the list of players was bias,weight and is now model")
    }
    #expect { try train(plain.path, resume: true) } throws: {
      "\($0)".contains("the list of players was model and is now bias,weight")
    }
  }

  @Test func whatEndsThePhaseHasToBeMeasured() {
    for measure in [nil, { _ in EpochMeasures(terms: []) }] as [((EpochSummary) -> EpochMeasures)?]
    {
      #expect {
        try Trainer(TrainingOptions(epochs: 1)).fit(
          Lagging(), training: points(8, batchSize: 8), measure: measure)
      } throws: { "\($0)".contains("until 'information' falls, but it is not measured") }
    }
  }
}

@Suite struct LaggingEncoderTests {
  /// KL after training a model whose decoder does well without its code.
  private func kl(innerSteps: Int) throws -> Double {
    let objective = ELBO(try Walks.model(), innerSteps: innerSteps)
    var kl = 0.0
    try Trainer(TrainingOptions(epochs: 10, optimizer: .sgd(learningRate: 0.02))).fit(
      objective, training: Walks(), validation: Walks(seed: 9),
      report: { event in
        if case .epochEnded(let summary) = event {
          kl = summary.validation?["kl"] ?? .nan
        }
      },
      measure: { _ in
        var key = RandomKey(seed: 2)
        let evaluation = try objective.model.evaluate(on: Walks(seed: 9), using: &key)
        return EpochMeasures(
          terms: evaluation.measures.map { EpochMetrics.Term(name: $0, value: $1) })
      })
    return kl
  }

  @Test func anEncoderThatKeepsUpKeepsTheCodeInUse() throws {
    let (plain, kept) = (try kl(innerSteps: 0), try kl(innerSteps: 30))
    #expect(kept > 1.7 * plain, "\(plain), \(kept)")
  }
}

/// Walks whose steps lean one way or the other; half of a step carries over to the next.
private struct Walks: BatchSource {
  var seed: UInt64 = 3
  let exampleCount = 256
  let batchCount = 16

  static let length = 8

  func batches(epoch: Int, startingAt start: Int) -> BatchIterator<Batch<Tensor>> {
    var order = RandomKey(seed: seed).folded(with: UInt64(epoch))
    let rows = order.permutation(exampleCount)
    var next = start
    return BatchIterator {
      guard next < batchCount else { return nil }
      defer { next += 1 }
      let values = rows[(next * 16)..<(next * 16 + 16)].flatMap { row -> [Double] in
        var key = RandomKey(seed: seed).folded(with: UInt64(row))
        var last = 0.0
        return key.normal([Self.length]).doubles.map { noise in
          last = 0.5 * last + (row % 2 == 0 ? 0.7 : -0.7) + noise
          return last
        }
      }
      let x = Tensor(values, shape: [16, Self.length]).converted(to: .float32)
      return Batch(observations: x, count: 16)
    }
  }

  static func model() throws -> VAE<
    MLPEncoder, DiagonalGaussianPosterior, StandardNormalPrior, MLPDecoder, Carrying
  > {
    var key = RandomKey(seed: 1)
    let decoder = MLPDecoder(
      latentCount: 1, hidden: [], parameterShape: [length], using: &key)
    // Codes mean little at first, as where a decoder is strong.
    for parameter in decoder.trainableParameters { parameter.value = parameter.value * 0.3 }
    return try VAE(
      encoder: MLPEncoder(observationShape: [length], hidden: [], using: &key),
      posterior: DiagonalGaussianPosterior(featureCount: length, latentCount: 1, using: &key),
      prior: StandardNormalPrior(latentCount: 1),
      decoder: decoder, likelihood: Carrying())
  }

  /// N(a x before + offset, 1): a decoder that sees the steps before.
  struct Carrying: Likelihood {
    typealias Observation = Tensor
    let carry = Parameter(.zeros([1]))

    var parts: KeyValuePairs<String, any ModulePart> { ["carry": carry] }

    func parameterShape(forObservation shape: Shape) -> Shape { shape }

    func callAsFunction(_ offsets: Variable, _ context: inout Context) -> Carried {
      Carried(offsets: offsets, carry: context[carry])
    }
  }

  struct Carried: Distribution {
    let offsets, carry: Variable

    func logProbability(of x: Variable, _ context: inout Context) -> Variable? {
      let before = x.sliced(along: 1, 0..<(x.shape[1] - 1)).padded(along: 1, before: 1, after: 0)
      let difference = x - before * carry - offsets
      return (difference.squared() + 1.8378770664093453).sumPerExample() * -0.5
    }
    func mean(_ context: inout Context) -> Variable { offsets }
    func sample(_ context: inout Context) -> Variable { offsets }
    func mapParameters(_ f: (Variable) -> Variable) -> Carried {
      Carried(offsets: f(offsets), carry: carry)
    }
  }
}
