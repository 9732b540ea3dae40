import Testing
import VAEZoo

private func objective(_ options: ConfigurationValue) throws -> any Objective<Batch<Tensor>> {
  let model = try imageModel(["latent": 4], shape: [4, 4, 1])
  return try objective(ComponentConfiguration("elbo", options: options), for: model)
}

private let warmUps: [(options: ConfigurationValue, settled: Int, atTen: Double)] = [
  ([:], 0, 1),
  (["kl_weight": 4, "warm_up_steps": 40], 40, 1),
  (["warm_up": "logistic", "warm_up_steps": 10, "warm_up_steepness": 0.5], 24, 0.5),
  (["warm_up": "cyclical", "warm_up_steps": 80], 70, 1),
  (["warm_up": "cyclical", "warm_up_steps": 80, "warm_up_rise": 1, "warm_up_cycles": 2], 80, 0.25),
  (["free_bits": 0.5, "free_bits_group": 2], 0, 1),
]

@Test(arguments: warmUps.indices)
func optionsMakeTheWarmUpTheyName(index: Int) throws {
  func weight<O: Objective<Batch<Tensor>>>(_ objective: O) -> Double {
    var context = Context.training(RandomKey(seed: 2))
    context.enter(step: 10, of: objective)
    let batch = Batch(observations: Tensor(repeating: 0.5, shape: [1, 4, 4, 1]), count: 1)
    let terms = objective.loss(on: batch, &context).terms
    return terms.first { $0.key == "kl_weight" }?.value.doubles[0] ?? 1
  }
  let (options, settled, atTen) = warmUps[index]
  let objective = try objective(options)
  #expect(objective.settledStep == settled)
  #expect(abs(weight(objective) - atTen) < 1e-6)
}

@Test(arguments: [(0, 8.0), (40, 2.0)])
func capacitiesRiseInALine(steps: Int, atTen: Double) throws {
  func total<O: Objective<Batch<Tensor>>>(_ objective: O) -> (Double, kl: Double, fit: Double) {
    var context = Context.training(RandomKey(seed: 2))
    context.enter(step: 10, of: objective)
    let batch = Batch(observations: Tensor(repeating: 0.5, shape: [1, 4, 4, 1]), count: 1)
    let loss = objective.loss(on: batch, &context)
    func term(_ name: String) -> Double {
      loss.terms.first { $0.key == name }?.value.doubles[0] ?? .nan
    }
    return (loss.total.value.item, term("kl"), term("reconstruction"))
  }
  let (whole, kl, fit) = total(
    try objective(["capacity": 8, "capacity_steps": .int(steps), "kl_weight": 3]))
  #expect(abs(whole - (fit + 3 * abs(kl - atTen))) < 1e-4)
}

@Test func innerStepsBelongToTheEncoder() throws {
  #expect(try objective([:]).players.map(\.name) == ["model"])
  let objective = try objective(["inner_steps": 30])
  try #require(objective.players.map(\.name) == ["model", "encoder"])
  let (rest, inner) = (objective.players[0], objective.players[1])
  #expect(inner.turn == .ahead(steps: 30, whileRising: "mutual_information"))
  #expect(rest.parameters.count + inner.parameters.count == objective.namedParameters.count)
  let names = objective.namedParameters.filter { named in
    inner.parameters.contains { $0 === named.parameter }
  }.map(\.name)
  #expect(names.count == inner.parameters.count)
  #expect(
    names
      == objective.namedParameters.map(\.name).filter {
        $0.hasPrefix("model.encoder") || $0.hasPrefix("model.posterior")
      })
}

/// The warnings of a short training on drawn digits, what is said as it ends, and what the last epoch was
/// measured to be.
private func train(
  _ klWeight: KLWeight
) throws -> (warnings: [String], collapse: String?, last: EpochMetrics) {
  let digits = try ImageDataset.open("digits").train
  let model = try imageModel(
    ["latent": 8, "encoder": ["hidden": [32]], "decoder": ["hidden": [32]]],
    shape: digits.imageShape)
  func fit<M: LatentModel<Tensor>>(_ model: M) throws -> ([String], String?, EpochMetrics?) {
    let objective = ELBO(model, klWeight: klWeight)
    let held = ImageLoader(
      digits.subset(Array(300..<400)), batchSize: 50, isShuffled: false)
    var measures = ModelMeasures(
      of: model, on: held, importanceSamples: 3, settledStep: objective.settledStep)
    var warnings: [String] = []
    let summary = try Trainer(TrainingOptions(epochs: 8, optimizer: .adam(learningRate: 3e-3))).fit(
      objective, training: ImageLoader(digits.subset(Array(0..<300)), batchSize: 25),
      validation: held,
      report: { if case .warning(let words) = $0 { warnings.append(words) } },
      measure: { try measures.measure($0) })
    return (warnings, measures.collapse, summary.last?.validation)
  }
  let (warnings, collapse, last) = try fit(model)
  return (warnings, collapse, try #require(last))
}

@Test func aCollapseIsToldOnceInWordsAndInTheEnd() throws {
  let (warnings, collapse, last) = try train(.constant(300))
  #expect(warnings.count == 1)
  for words in [warnings.first, collapse] {
    #expect(words?.contains("0 of 8 codes are active") == true)
  }
  #expect(last["active_units"] == 0)
  // A warm-up that is not over says nothing of codes yet, but of itself: 12 steps an epoch.
  let early = try train(.linear(from: 300, to: 300, steps: 122)).warnings
  #expect(early.count == 1 && early[0].contains("takes 122 steps, but the run ends after 96"))
}

@Test func codesInUseGiveNoCauseForWords() throws {
  let (warnings, _, last) = try train(.constant(1))
  #expect(warnings == [])
  #expect(try #require(last["active_units"]) > 0)
  let (nll, weighted) = (-(last["elbo"] ?? .nan), last["iw_nll"] ?? .nan)
  #expect(weighted < nll)
  let information = try #require(last["mutual_information"])
  #expect(information > 0.5 && information < 4.61)
}
