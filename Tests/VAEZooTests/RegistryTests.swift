import Testing
import VAEZoo

/// The ways to put a model together: every encoder with every decoder and likelihood.
private let combinations = images(.encoder).flatMap { e in
  images(.decoder).flatMap { d in images(.likelihood).map { [e, d, $0] } }
}

private func images(_ kind: ComponentDescription.Kind) -> [String] {
  Registry.standard.components
    .filter { $0.kind == kind && [.images, .numbers].contains($0.subject) }.map(\.name)
}

@Test(arguments: combinations, [[1, 1, 1], [5, 3, 1], [9, 12, 3]])
func everyCombinationGivesALossOfEveryShape(names: [String], shape: [Int]) throws {
  var parts = ModelConfiguration(
    latent: 2, encoder: ComponentConfiguration(names[0]), decoder: ComponentConfiguration(names[1]))
  parts.likelihood = ComponentConfiguration(names[2])
  var key = RandomKey(seed: 1)
  let model = try Registry.standard.model(parts, observationShape: Shape(shape), using: &key)
  let objective = try Registry.standard.objective(ComponentConfiguration("elbo"), for: model)
  #expect(try lossIsFinite(objective, shape: shape))
}

private func lossIsFinite<O: Objective<Batch<Tensor>>>(_ objective: O, shape: [Int]) throws -> Bool
{
  let x = Tensor(repeating: 0.5, shape: Shape([2] + shape))
  var context = Context.training(RandomKey(seed: 3))
  return objective.loss(on: Batch(observations: x, count: 2), &context).total.value
    .isFinite
}

@Test func theSameSeedGivesTheSameWeights() throws {
  let parts = try Preset.named("conv-28").configuration.model
  func weights(_ seed: UInt64) throws -> [Tensor] {
    var key = RandomKey(seed: seed)
    return try Registry.standard.model(parts, observationShape: [8, 8, 1], using: &key)
      .namedParameters.map(\.parameter.value)
  }
  #expect(try weights(4) == weights(4))
  #expect(try weights(4) != weights(5))
}

@Test func componentsHaveOneNameAKindAndASummary() {
  let components = Registry.standard.components
  #expect(Set(components.map { "\($0.kind) \($0.subject) \($0.name)" }).count == components.count)
  #expect(components.allSatisfy { !$0.summary.isEmpty && !$0.summary.contains("\n") })
  for kind in ComponentDescription.Kind.allCases {
    #expect(components.contains { $0.kind == kind })
  }
}

private let misfits: [(change: String, message: String)] = [
  ("encoder.name=convv", "encoder.name: no encoder is called 'convv'; did you mean 'conv'?"),
  ("encoder.hiddn=[3]", "unknown key 'encoder.hiddn'; did you mean 'encoder.hidden'?"),
  ("encoder.hidden=[]", "encoder.hidden: takes widths"),
  ("decoder.hidden=[-1]", "decoder.hidden: takes widths"),
  ("encoder={name: conv, stages: [0]}", "encoder.stages: takes channels"),
  ("likelihood={name: gaussian, sigma: 0}", "likelihood.sigma: takes a number above 0"),
  ("objective.kl_weight=-1", "objective.kl_weight: takes a number not below 0"),
  ("objective={warm_up: logistics}", "objective.warm_up: no choice is called 'logistics'"),
  ("objective={warm_up_steepness: 0}", "objective.warm_up_steepness: takes a number above 0"),
  ("objective={warm_up_cycles: 0}", "objective.warm_up_cycles: takes a count of 1 or more"),
  ("objective.warm_up_rise=1.5", "objective.warm_up_rise: takes a share above 0, up to 1"),
  ("objective.free_bits=-2", "objective.free_bits: takes a number not below 0"),
  ("objective.inner_steps=-1", "objective.inner_steps: takes a count not below 0"),
  ("measure.examples=-1", "measure.examples: takes a count from 0"),
  ("latent=0", "latent: takes a count from 1"),
  ("prior=vamp", "prior.name: no prior is called 'vamp'"),
  ("encoder=3", "encoder: expected a component's name or a mapping"),
]

@Test(arguments: misfits.indices)
func partsThatMakeNoSenseAreNamed(index: Int) throws {
  #expect {
    var run = try Preset.named("pytorch-mnist").configuration.changed(
      by: ConfigurationValue(assignment: misfits[index].change))
    run.observation = .image([4, 4, 1])
    let model = try run.imageModel()
    _ = try Registry.standard.objective(run.objective, for: model)
  } throws: { error in
    error is ConfigurationError && "\(error)".hasPrefix(misfits[index].message)
  }
}

// MARK: - A stranger's parts

private struct Mean: Encoder {
  let observationShape: Shape
  let featureCount = 1
  let scale: Double
  func callAsFunction(_ x: Tensor, _ context: inout Context) -> Variable {
    (Variable(x).sumPerExample() * scale).reshaped(to: [x.shape[0], 1])
  }
}

private struct MeanOptions: Codable, Sendable { var scale = 1.0 }

@Test func anApplicationAddsItsOwnParts() throws {
  var registry = Registry.standard
  registry.addEncoder("mean", "the sum of the pixels", options: MeanOptions()) {
    options, shape, _ in Mean(observationShape: shape, scale: options.scale)
  }
  let parts = ModelConfiguration(
    latent: 1, encoder: ComponentConfiguration("mean", options: ["scale": 0.5]),
    decoder: ComponentConfiguration("mlp"))
  var key = RandomKey(seed: 1)
  let model = try registry.model(parts, observationShape: [2, 2, 1], using: &key)
  #expect(model.latentCount == 1)
  #expect(throws: ConfigurationError.self) {
    try Registry.standard.model(parts, observationShape: [2, 2, 1], using: &key)
  }
}

private struct Ring: CodeDistribution {
  let mean: Variable
  func sample(using key: inout RandomKey) -> Variable { mean }
  func logProbability(of codes: Variable) -> Variable { codes.sumPerExample() }
}

private struct RingPrior: Prior {
  typealias Distribution = Ring
  let latentCount: Int
  func logProbability(of codes: Variable, _ context: inout Context) -> Variable {
    codes.sumPerExample()
  }
  func sample(_ count: Int, using key: inout RandomKey) -> Tensor { .zeros([count, latentCount]) }
}

@Test func aPriorOfAnotherFamilyIsACompositionError() throws {
  var registry = Registry.standard
  registry.addPrior("ring", "codes on a ring", options: NoOptions()) { _, latent, _ in
    RingPrior(latentCount: latent)
  }
  var parts = try Preset.named("dense-16").configuration.model
  parts.prior = ComponentConfiguration("ring")
  var key = RandomKey(seed: 1)
  #expect {
    try registry.model(parts, observationShape: [4, 4, 1], using: &key)
  } throws: { error in
    error is CompositionError && "\(error)".contains("'ring'")
      && "\(error)".contains("'diagonal-gaussian'")
  }
}
