import Layers
import TensorCore
import Testing
import VAECore

@testable import VAETraining

/// A loss that reaches two weights, with players as a test wants them.
private struct Pair: Objective {
  let one = Parameter(Tensor(repeating: 2, shape: [3]))
  let other = Parameter(Tensor(repeating: -2, shape: [3]))
  let buffer = Parameter(.zeros([1]), isTrainable: false)
  var list: (Pair) -> [Player] = { [Player("model", of: $0)] }
  var monitored = Monitored.loss
  /// What a pass of a player reports.
  var terms: (_ player: String) -> [String] = { [$0] }

  var parts: KeyValuePairs<String, any ModulePart> {
    ["one": one, "again": one, "other": other, "buffer": buffer]
  }
  var players: [Player] { list(self) }

  func loss(on batch: Batch<[Tensor]>, _ context: inout Context) -> Loss {
    let distance = Variable(batch.observations[0]) - context[one] * context[other]
    let squares = distance.squared().sumPerExample()
    var loss = Loss(total: squares.mean(), terms: [:])
    for name in terms(context.player ?? "") { loss.terms.append((name, squares.value)) }
    return loss
  }
}

/// What players have to be, what they share, and how far their weights may go.
@Suite struct PlayerRulesTests {
  private let training = PlanePoints(count: 24, batchSize: 8)

  private func message(_ objective: some Objective<Batch<[Tensor]>>, epochs: Int = 1) -> String {
    do {
      let folder = try TemporaryFolder()
      let path = "\(folder.path)/run"
      let error = #expect(throws: TrainingError.self) {
        try Trainer(TrainingOptions(epochs: epochs)).fit(
          objective, training: training, in: RunFolder(path))
      }
      // Nothing was written before it was found.
      #expect(contents("\(path)/checkpoint.safetensors") == nil)
      #expect(contents("\(path)/model.safetensors") == nil)
      #expect((contents("\(path)/metrics.jsonl") ?? []).isEmpty)
      return error?.description ?? ""
    } catch { return "\(error)" }
  }

  /// Two who step together step from the same weights, each by its own loss and with its own optimizer.
  @Test func playersStepTogether() throws {
    struct Both: Objective {
      let one = Parameter(Tensor(repeating: 2, shape: [3]))
      let other = Parameter(Tensor(repeating: -2, shape: [3]))
      var parts: KeyValuePairs<String, any ModulePart> { ["one": one, "other": other] }
      var players: [Player] {
        [
          Player("a", parameters: [one], optimizer: .sgd(learningRate: 0.1)),
          Player(
            "b", parameters: [other], optimizer: .sgd(learningRate: 0.01), turn: .together),
        ]
      }

      func loss(on batch: Batch<[Tensor]>, _ context: inout Context) -> Loss {
        let product = (context[one] * context[other]).sum()
        var loss = Loss(total: product, terms: [:])
        loss.others = ["b": product * 5]
        return loss
      }
    }
    let objective = Both()
    let points = PlanePoints(count: 8, batchSize: 8)
    for (one, other) in [(2.2, -2.1), (2.41, -2.21)] {
      try Trainer(TrainingOptions(epochs: 1)).fit(objective, training: points)
      #expect(objective.one.value.doubles.allSatisfy { abs($0 - one) < 1e-5 })
      #expect(objective.other.value.doubles.allSatisfy { abs($0 - other) < 1e-5 })
    }
  }

  @Test func playersThatMakeNoSenseAreNamed() {
    let stranger = Parameter(.zeros([1]))
    let cases: [(String, (Pair) -> [Player])] = [
      ("the objective has no players", { _ in [] }),
      (
        "two players are called 'a'",
        { [Player("a", parameters: [$0.one]), Player("a", parameters: [$0.other])] }
      ),
      (
        "the first player, 'a', cannot go ahead of the others or with one of them",
        { [Player("a", parameters: [$0.one], turn: .together)] }
      ),
      (
        "'a' and 'b' step by one pass and train a parameter both",
        {
          [
            Player("a", parameters: [$0.one]),
            Player("b", parameters: [$0.one, $0.other], turn: .together),
          ]
        }
      ),
      ("a player cannot be called ''", { [Player("", parameters: [$0.one])] }),
      ("a player cannot be called 'a.b'", { [Player("a.b", parameters: [$0.one])] }),
      ("a player cannot be called 'a,b'", { [Player("a,b", parameters: [$0.one])] }),
      ("the player 'a' has no parameters to train", { _ in [Player("a", parameters: [])] }),
      ("the player 'a' has no parameters to train", { [Player("a", parameters: [$0.buffer])] }),
      (
        "the player 'a' trains parameters that no checkpoint would hold",
        { _ in [Player("a", parameters: [stranger])] }
      ),
      ("in every 0th step", { [Player("a", parameters: [$0.one], turn: .every(0))] }),
      (
        "the first player, 'a', steps in every 4th step, but an epoch has 3",
        { [Player("a", parameters: [$0.one], turn: .every(4))] }
      ),
      (
        "cannot go ahead by 0 steps",
        {
          [
            Player("a", parameters: [$0.one]),
            Player("b", parameters: [$0.other], turn: .ahead(steps: 0, whileRising: "x")),
          ]
        }
      ),
      (
        "the first player, 'a', cannot go ahead",
        { [Player("a", parameters: [$0.one], turn: .ahead(steps: 1, whileRising: "x"))] }
      ),
      (
        "the player 'b' goes ahead of the others until 'x' falls, but it is not measured",
        {
          [
            Player("a", parameters: [$0.one]),
            Player("b", parameters: [$0.other], turn: .ahead(steps: 1, whileRising: "x")),
          ]
        }
      ),
      (
        "the training option optimizer.learning_rate of the player 'a' must be",
        { [Player("a", parameters: [$0.one], optimizer: .adam(learningRate: .nan))] }
      ),
    ]
    for (words, players) in cases {
      let found = message(Pair(list: players))
      #expect(found.contains(words), "\(words) in: \(found)")
    }
  }

  @Test func whatIsMonitoredHasToBeReported() {
    let found = message(Pair(monitored: .lowest("perplexity")), epochs: 3)
    #expect(
      found
        == "the best epoch is known by 'perplexity', which no pass reports and nobody measures; "
        + "there are loss, model")
  }

  @Test func termsOfTwoPlayersHaveTwoNames() {
    let both: (Pair) -> [Player] = {
      [Player("a", parameters: [$0.one]), Player("b", parameters: [$0.other])]
    }
    #expect(
      message(Pair(list: both, terms: { _ in ["error"] }))
        .contains("'error' is reported twice in a step"))
    #expect(
      message(Pair(terms: { _ in ["error", "error"] }))
        .contains("'error' is reported twice in a step"))
  }

  // MARK: - Sharing

  @Test func aSharedParameterIsSavedTrainedAndCountedOnce() throws {
    let objective = Pair()
    #expect(objective.namedParameters.map(\.name) == ["one", "other", "buffer"])
    #expect(objective.parameterCount == 6)
    let folder = try TemporaryFolder()
    let run = RunFolder(folder.path)
    try Trainer(TrainingOptions(epochs: 1)).fit(objective, training: training, in: run)
    let checkpoint = try SafeTensors(contentsOf: run.checkpoint)
    #expect(
      checkpoint.names.filter { $0.hasPrefix("weights.") }
        == ["weights.one", "weights.other", "weights.buffer"])
    #expect(checkpoint["optimizer.model.exp_avg.one"] != nil)
    #expect(checkpoint["optimizer.model.exp_avg.again"] == nil)
    // A file that holds it under each of its names is read too.
    var file = try SafeTensors(contentsOf: run.model)
    file["again"] = file["one"]
    let other = Pair()
    try file.load(into: other, from: run.model)
    #expect(other.one.value == objective.one.value)
  }

  /// Two players of one weight: each steps it in turn, with a state of its own.
  @Test func twoPlayersMaySteerOneParameter() throws {
    var objective = Pair()
    objective.list = { pair in
      [
        Player("a", parameters: [pair.one, pair.other], optimizer: .sgd(learningRate: 0.01)),
        Player("b", parameters: [pair.one], optimizer: .sgd(learningRate: 0.01, momentum: 0.9)),
      ]
    }
    let folder = try TemporaryFolder()
    try Trainer(TrainingOptions(epochs: 1)).fit(
      objective, training: PlanePoints(count: 8, batchSize: 8), in: RunFolder(folder.path))
    let (one, other) = (Pair().one, Pair().other)
    let batch = try #require(
      try PlanePoints(count: 8, batchSize: 8).batches(epoch: 0, startingAt: 0).next())
    func step(_ moved: [Parameter]) {
      let context = Context.training(RandomKey(seed: 0))
      let distance = Variable(batch.observations[0]) - context[one] * context[other]
      let slopes = distance.squared().sumPerExample().mean().gradient(withRespectTo: [one, other])
      for (parameter, slope) in zip([one, other], slopes)
      where moved.contains(where: { $0 === parameter }) {
        if let slope { parameter.value = parameter.value - slope * 0.01 }
      }
    }
    step([one, other])
    step([one])
    for (a, b) in [(objective.one, one), (objective.other, other)] {
      for (x, y) in zip(a.value.doubles, b.value.doubles) { #expect(abs(x - y) < 1e-5) }
    }
    let checkpoint = try SafeTensors(contentsOf: RunFolder(folder.path).checkpoint)
    #expect(checkpoint["optimizer.b.momentum_buffer.one"] != nil)
    #expect(checkpoint["optimizer.a.momentum_buffer.one"] == nil)
  }

  // MARK: - How far weights may go

  @Test(arguments: [nil, 0.5]) func weightsAreCutToTheirLimit(emaDecay: Double?) throws {
    var objective = Pair()
    var bound = OptimizerOptions.rmsprop(learningRate: 0.1)
    bound.weightLimit = 0.25
    objective.list = { [bound] pair in
      [
        Player("a", parameters: [pair.one], optimizer: bound),
        Player("b", parameters: [pair.other]),
      ]
    }
    var options = TrainingOptions(epochs: 2)
    options.emaDecay = emaDecay
    var largest: [Double] = []
    try Trainer(options).fit(objective, training: training) { event in
      guard case .step = event else { return }
      largest.append(objective.one.value.doubles.map(abs).max() ?? 0)
    }
    #expect(largest.count == 6 && largest[0] == 0.25 && largest.allSatisfy { $0 <= 0.25 })
    #expect(objective.other.value.doubles.contains { abs($0) > 1 })
  }

  /// The moving average is that of the weights within their limit, also of one player alone.
  @Test func averagesFollowTheWeightsWithinTheirLimit() throws {
    // A plane whose slopes lie beyond the limit, so that every step goes too far.
    let objective = LinearRegression()
    var options = TrainingOptions(epochs: 2, optimizer: .sgd(learningRate: 0.2))
    options.optimizer.weightLimit = 0.25
    options.emaDecay = 0.75
    var expected: [Double] = []
    try Trainer(options).fit(objective, training: training) { event in
      guard case .step = event else { return }
      let now = objective.weight.value.doubles
      #expect(now.allSatisfy { abs($0) <= 0.25 } && now.contains { abs($0) == 0.25 })
      expected = expected.isEmpty ? now : zip(expected, now).map { $0 + 0.25 * ($1 - $0) }
    }
    for (a, b) in zip(objective.weight.value.doubles, expected) { #expect(abs(a - b) < 1e-6) }
  }
}
