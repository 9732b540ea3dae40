import Layers
import TensorCore
import Testing
import VAECore

@testable import VAETraining

/// A distance from points, whose terms are others in other passes.
private struct Telling: Objective {
  final class Count { var value = 0 }

  let weight = Parameter(Tensor(repeating: 0.5, shape: [1, 2]))
  let calls = Count()
  /// The terms of a pass over so many examples, which is one after so many others.
  let names: (_ examples: Int, _ call: Int) -> [String]

  var parts: KeyValuePairs<String, any ModulePart> { ["weight": weight] }

  func loss(on batch: Batch<Tensor>, _ context: inout Context) -> Loss {
    let squares = (Variable(batch.observations) - context[weight]).squared().sumPerExample()
    var loss = Loss(total: squares.mean(), terms: [:])
    for name in names(batch.count, calls.value) {
      loss.terms.append((name, squares.value * Double(name.count)))
    }
    calls.value += 1
    return loss
  }
}

/// Points, four and then two of them in a batch.
private struct Points: BatchSource {
  let exampleCount = 6
  let batchCount = 2

  func batches(epoch: Int, startingAt start: Int) -> BatchIterator<Batch<Tensor>> {
    var key = RandomKey(seed: UInt64(epoch))
    var left = [key.normal([2, 2]), key.normal([4, 2])].dropLast(start)
    return BatchIterator { left.popLast().map { Batch(observations: $0, count: $0.shape[0]) } }
  }
}

/// Terms belong to the pass that reports them.
@Suite struct TermTests {
  /// What the passes over these batches report, and whether the gradients are those of the loss.
  private func run(
    _ objective: Telling, sizes: [Int]
  ) -> (reported: [[String]], replays: Int) {
    let pass = LossPass(objective, of: objective.players, in: Arena())
    let reported = sizes.enumerated().map { i, size in
      var key = RandomKey(seed: UInt64(i))
      let x = key.normal([size, 2])
      let (loss, gradients) = pass(
        Batch(observations: x, count: size), step: i, .training(key))
      let slope = (objective.weight.value - x.sum(along: 0) * (1 / Double(size))) * 2
      let gradient = gradients.first.flatMap { $0 }?.doubles ?? []
      #expect(gradients.count == 1 && gradient.count == 2)
      for (a, b) in zip(gradient, slope.doubles) { #expect(abs(a - b) < 1e-5) }
      for (name, term) in zip(loss.names, loss.terms) {
        #expect(abs((term?.total ?? 0) / Double(size * name.count) - loss.total) < 1e-5)
      }
      return loss.names
    }
    return (reported, pass.replayCount)
  }

  @Test func aTermThatAppearsLaterIsNoGradient() {
    let late = Telling { _, call in call < 2 ? ["a"] : ["a", "bb"] }
    let (reported, replays) = run(late, sizes: Array(repeating: 3, count: 9))
    #expect(reported == (0..<9).map { $0 < 2 ? ["a"] : ["a", "bb"] })
    #expect(replays == 2)
    let fleeting = Telling { _, call in call.isMultiple(of: 2) ? ["a"] : [] }
    #expect(
      run(fleeting, sizes: Array(repeating: 3, count: 8)).reported
        == (0..<8).map { $0.isMultiple(of: 2) ? ["a"] : [] })
  }

  @Test func eachRecordingHasItsOwnNames() {
    let objective = Telling { examples, _ in examples == 3 ? ["a", "bb"] : ["ccc"] }
    let sizes = [3, 5, 3, 5, 3, 5, 3, 5, 5, 3]
    let (reported, replays) = run(objective, sizes: sizes)
    #expect(reported == sizes.map { $0 == 3 ? ["a", "bb"] : ["ccc"] })
    #expect(replays == 4)
  }

  @Test func namesThatChangeAreNoRecording() {
    // The same kernels, but what they give is called otherwise.
    let objective = Telling { _, call in call.isMultiple(of: 2) ? ["a"] : ["b"] }
    let (reported, replays) = run(objective, sizes: Array(repeating: 3, count: 8))
    #expect(reported == (0..<8).map { $0.isMultiple(of: 2) ? ["a"] : ["b"] })
    #expect(replays == 0)
  }

  /// With a rate of zero every pass of an epoch sees the same weight.
  @Test func aTermIsAveragedWhereItIsReported() throws {
    let objective = Telling { examples, call in
      (examples == 2 ? ["b"] : []) + (call > 3 ? ["cc"] : [])
    }
    let folder = try TemporaryFolder()
    var epochs: [EpochMetrics] = []
    try Trainer(TrainingOptions(epochs: 3, optimizer: .sgd(learningRate: 0))).fit(
      objective, training: Points(), in: RunFolder(folder.path)
    ) { event in
      if case .epochEnded(let summary) = event { epochs.append(summary.train) }
    }
    #expect(epochs.map { $0.terms.map(\.name) } == [["b"], ["b"], ["cc", "b"]])
    for (epoch, metrics) in epochs.enumerated() {
      var key = RandomKey(seed: UInt64(epoch))
      let squares = [key.normal([2, 2]), key.normal([4, 2])].map { x -> Double in
        let difference = x - objective.weight.value
        return (difference * difference).doubles.reduce(0, +)
      }
      #expect(abs(metrics.loss - (squares[0] + squares[1]) / 6) < 1e-5)
      #expect(abs((metrics["b"] ?? .nan) - squares[0] / 2) < 1e-5)
      if let late = metrics["cc"] { #expect(abs(late - 2 * metrics.loss) < 1e-5) }
    }
  }
}
