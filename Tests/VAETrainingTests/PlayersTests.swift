import Layers
import TensorCore
import Testing
import VAECore
import VAETestKit

@testable import VAETraining

/// Several players in one run.
@Suite struct PlayersTests {
  /// What the loop does around a step.
  enum Form: CaseIterable {
    case plain, busy

    func options(epochs: Int) -> TrainingOptions {
      var options = TrainingOptions(
        epochs: epochs, optimizer: .adam(learningRate: 3e-3),
        schedule: .plateau(factor: 0.5, patience: 0))
      if self == .busy {
        options.emaDecay = 0.9
        options.accumulate = 2
        options.clipNorm = 0.5
        options.checkpointEvery = 3
      }
      return options
    }

    var stepsPerEpoch: Int { self == .busy ? 3 : 6 }
  }

  @discardableResult private func fit(
    _ objective: some Objective<Batch<Tensor>>, _ options: TrainingOptions,
    in folder: RunFolder? = nil, resume: Bool = false, stopAt: Int? = nil,
    profile: ProfileRequest? = nil, information: [Double] = [1, 0.5, 2, 3],
    hear: (TrainingEvent) -> Void = { _ in }
  ) throws -> TrainingSummary {
    let stop = StopFlag()
    return try Trainer(options).fit(
      objective, training: Bars(exampleCount: 96), validation: Bars(exampleCount: 32), in: folder,
      resume: resume, stop: stop, profile: profile,
      report: { event in
        hear(event)
        if case .step(let report) = event, report.step == stopAt { stop.stop() }
      },
      measure: { epoch in
        let value = information[min(epoch.epoch, information.count) - 1]
        return EpochMeasures(terms: [EpochMetrics.Term(name: "information", value: value)])
      })
  }

  // MARK: - Runs

  /// Within the phase of who goes ahead, at its end, and after it; in an epoch and at its end.
  @Test(arguments: Game.allCases, Form.allCases)
  func resumesBitForBit(_ game: Game, _ form: Form) throws {
    let whole = try TemporaryFolder()
    let options = form.options(epochs: 4)
    try fit(game.objective(), options, in: RunFolder(whole.path))
    let perEpoch = form.stepsPerEpoch
    for step in [1, perEpoch, perEpoch + 1, 2 * perEpoch, 3 * perEpoch + 1] {
      let parts = try TemporaryFolder()
      let folder = RunFolder(parts.path)
      let cut = try fit(game.objective(), options, in: folder, stopAt: step)
      #expect(cut.ending == .stopped)
      try fit(game.objective(), options, in: folder, resume: true)
      for file in ["checkpoint.safetensors", "model.safetensors"] {
        let areEqual = contents("\(parts.path)/\(file)") == contents("\(whole.path)/\(file)")
        #expect(areEqual, "\(file) after step \(step)")
      }
      #expect(curves(folder.metrics) == curves(RunFolder(whole.path).metrics))
    }
    #expect(curves(RunFolder(whole.path).metrics).count == 8)
    let checkpoint = try SafeTensors(contentsOf: RunFolder(whole.path).checkpoint)
    #expect(checkpoint.metadata["step"] == "\(4 * perEpoch)")
    let isAveraged = checkpoint.names.contains { $0.hasPrefix("average.") }
    #expect(isAveraged == (form == .busy))
  }

  @Test(arguments: Game.allCases, Form.allCases)
  func everyStepIsCaptured(_ game: Game, _ form: Form) throws {
    var report: ProfileReport?
    try fit(
      game.objective(), form.options(epochs: 12), profile: ProfileRequest(steps: 6, warmUp: 1),
      information: (1...12).map(Double.init)
    ) { event in
      if case .profiled(let found) = event { report = found }
    }
    let found = try #require(report)
    #expect(found.steps.count == 6 && found.steps.allSatisfy { $0.isCaptured })
    #expect(found.obstacle == nil)
  }

  /// Steps that run as they are written give the same bits.
  @Test(arguments: Game.allCases) func capturedStepsAreTheStepsAsWritten(_ game: Game) throws {
    func weights(_ objective: some Objective<Batch<Tensor>>, isWritten: Bool) throws -> [Tensor] {
      let options = Form.plain.options(epochs: 4)
      _ = try isWritten ? fit(Written(objective), options) : fit(objective, options)
      return objective.namedParameters.map(\.parameter.value)
    }
    let captured = try weights(game.objective(), isWritten: false)
    let written = try weights(game.objective(), isWritten: true)
    #expect(captured == written)
  }

  @Test(arguments: Game.allCases) func runsInBfloat16(_ game: Game) throws {
    func train(_ precision: Precision) throws -> (weights: [Tensor], isCaptured: Bool) {
      var options = Form.plain.options(epochs: 6)
      options.precision = precision
      let objective = try game.objective()
      var isCaptured = false
      func run(_ objective: some Objective<Batch<Tensor>>) throws -> [Tensor] {
        try fit(objective, options, profile: ProfileRequest(steps: 6, warmUp: 1)) { event in
          if case .profiled(let report) = event { isCaptured = report.obstacle == nil }
        }
        return objective.namedParameters.map(\.parameter.value)
      }
      return (try run(objective), isCaptured)
    }
    let (rounded, plain) = (try train(.bfloat16), try train(.float32))
    #expect(rounded.isCaptured && rounded.weights.allSatisfy(\.isFinite))
    let areEqual = rounded.weights == plain.weights
    #expect(areEqual == !Precision.bfloat16.isFast)
  }

  // MARK: - Who moves what

  private func values(_ module: some Module, trained: Bool) -> [Tensor] {
    module.namedParameters.map(\.parameter).filter { $0.isTrainable == trained }.map(\.value)
  }

  @Test func stepsOfOneMoveNobodyElse() throws {
    var objective = AdversarialPair()
    let (generator, discriminator) = (
      values(objective.model, trained: true), values(objective.discriminator, trained: true)
    )
    objective.discriminatorOptions = .sgd(learningRate: 0)
    try fit(objective, TrainingOptions(epochs: 2))
    #expect(values(objective.discriminator, trained: true) == discriminator)
    let moved = zip(values(objective.model, trained: true), generator).allSatisfy { $0 != $1 }
    #expect(moved)
    objective = AdversarialPair()
    objective.generatorOptions = .sgd(learningRate: 0)
    try fit(objective, TrainingOptions(epochs: 2))
    #expect(values(objective.model, trained: true) == generator)
    #expect(values(objective.discriminator, trained: true) != discriminator)
  }

  /// The generator of three steps in one moves its weights and its running statistics in the first,
  /// fourth and so on; the discriminator, which runs the generator in each, moves its own.
  @Test func whoWaitsStaysAsItIs() throws {
    let objective = AdversarialPair(every: 3)
    func state() -> [[Tensor]] {
      [objective.model, objective.discriminator].flatMap {
        [values($0, trained: true), values($0, trained: false)]
      }
    }
    var before = state()
    var moved: [[Bool]] = []
    try fit(objective, TrainingOptions(epochs: 2)) { event in
      guard case .step = event else { return }
      let now = state()
      moved.append(zip(before, now).map { $0 != $1 })
      before = now
    }
    let isItsTurn: [Bool] = (0..<12).map { $0 % 3 == 0 }
    #expect(moved.map { $0[0] } == isItsTurn)
    #expect(moved.map { $0[1] } == isItsTurn)
    #expect(moved.allSatisfy { $0[2] && $0[3] })
  }

  /// One average over all that is played, after each step, whoever moved.
  @Test func theAverageFollowsAllPlayers() throws {
    let objective = AdversarialPair(every: 3)
    func weights() -> [Double] {
      objective.trainableParameters.flatMap { $0.value.doubles }
    }
    var options = TrainingOptions(epochs: 2)
    options.emaDecay = 0.75
    var expected: [Double] = []
    try fit(objective, options) { event in
      guard case .step = event else { return }
      let now = weights()
      expected = expected.isEmpty ? now : zip(expected, now).map { $0 + 0.25 * ($1 - $0) }
    }
    for (a, b) in zip(weights(), expected) { #expect(abs(a - b) < 1e-6) }
  }

  @Test func parametersThatNobodyListsStay() throws {
    struct Half: Objective {
      let base = AdversarialPair()
      var parts: KeyValuePairs<String, any ModulePart> { base.parts }
      var players: [Player] { [base.players[0]] }
      func loss(on batch: Batch<Tensor>, _ context: inout Context) -> Loss {
        base.loss(on: batch, &context)
      }
    }
    let objective = Half()
    let before = objective.base.discriminator.namedParameters.map(\.parameter.value)
    let folder = try TemporaryFolder()
    var plan: TrainingPlan?
    var options = Form.busy.options(epochs: 2)
    options.precision = .bfloat16
    try fit(objective, options, in: RunFolder(folder.path)) {
      if case .started(let found) = $0 { plan = found }
      if case .warning(let text) = $0 { #expect(!text.contains("no gradient")) }
    }
    #expect(objective.base.discriminator.namedParameters.map(\.parameter.value) == before)
    #expect(plan?.parameterCount == objective.base.model.parameterCount)
    // They are kept all the same.
    let checkpoint = try SafeTensors(contentsOf: RunFolder(folder.path).checkpoint)
    #expect(checkpoint["weights.discriminator.norm.running_mean"] != nil)
    #expect(
      !checkpoint.names.contains { $0.hasPrefix("optimizer.generator.exp_avg.discriminator") })
  }

  @Test(arguments: Game.allCases, ObjectiveLaw.allCases.filter { $0 != .terms && $0 != .charges })
  func everyGame(_ game: Game, obeys law: ObjectiveLaw) throws {
    func check<O: Objective<Batch<Tensor>>>(_ kind: O, _ make: @escaping () throws -> any Objective)
      throws
    {
      try law.check(observations: { $1.uniform([$0, 4, 4, 1]) }) { _ in
        try #require(try make() as? O)
      }
    }
    try check(game.objective()) { try game.objective() }
  }

  // MARK: - What is told

  @Test func curvesHaveEachPlayersTerms() throws {
    let summary = try fit(FactorGame(stepsAhead: 3), Form.plain.options(epochs: 3))
    let last = try #require(summary.last)
    let own = ["reconstruction", "kl", "elbo", "total_correlation", "discriminator"]
    #expect(last.train.terms.map(\.name) == own + ["encoder_steps_ahead"])
    #expect(last.validation?.terms.map(\.name) == own + ["information"])
    #expect(last.train["encoder_steps_ahead"] == 0)
    #expect(summary.bestValue == nil || summary.monitored == .highest("elbo"))
  }

  @Test func theLossOfAStepIsTheFirstPlayersLast() throws {
    var losses: [Double] = []
    var averages: [Double] = []
    try fit(AdversarialPair(every: 3), Form.plain.options(epochs: 1)) { event in
      if case .step(let report) = event { losses.append(report.loss) }
      if case .epochEnded(let summary) = event { averages.append(summary.train.loss) }
    }
    #expect(losses.count == 6 && losses[0] == losses[1] && losses[1] == losses[2])
    #expect(losses[3] != losses[2])
    #expect(abs(averages[0] - (losses[0] + losses[3]) / 2) < 1e-6)
  }

  @Test func aRunIsResumedWithItsPlayers() throws {
    let folder = try TemporaryFolder()
    let run = RunFolder(folder.path)
    try fit(FactorGame(), Form.plain.options(epochs: 1), in: run)
    #expect {
      try fit(FactorGame(stepsAhead: 2), Form.plain.options(epochs: 2), in: run, resume: true)
    } throws: {
      "\($0)".contains(
        "the list of players was model,discriminator and is now model,discriminator,encoder")
    }
  }

  @Test func checkpointsOfAnEarlierFormatAreRefused() throws {
    let folder = try TemporaryFolder()
    let run = RunFolder(folder.path)
    try fit(AdversarialPair(), Form.plain.options(epochs: 1), in: run)
    var file = try SafeTensors(contentsOf: run.checkpoint)
    #expect(file.metadata["version"] == "2")
    file.metadata["version"] = "1"
    try file.write(to: run.checkpoint)
    #expect {
      try fit(AdversarialPair(), Form.plain.options(epochs: 2), in: run, resume: true)
    } throws: {
      "\($0)".contains("written in version 1 of the format") && "\($0)".contains("begin it anew")
    }
  }
}
