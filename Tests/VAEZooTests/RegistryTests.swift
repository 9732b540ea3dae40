import Testing
import VAEZoo

/// The ways to put a model together: every encoder with every decoder and likelihood.
private let combinations = images("encoder").flatMap { e in
  images("decoder").flatMap { d in images("likelihood").map { [e, d, $0] } }
}

private func images(_ role: String) -> [String] {
  Registry.standard.components
    .filter { $0.role == role && $0.observation != nil && $0.fits(ImageDomain.observed) }
    .map(\.name)
}

@Test(arguments: combinations, [[1, 1, 1], [5, 3, 1], [9, 12, 3]])
func everyCombinationGivesALossOfEveryShape(names: [String], shape: [Int]) throws {
  let model = try imageModel(
    [
      "latent": 2, "encoder": .string(names[0]), "decoder": .string(names[1]),
      "likelihood": .string(names[2]),
    ], shape: Shape(shape))
  // What has no density is told by a distance.
  let loss =
    names[2] == "point"
    ? ComponentConfiguration(
      "reconstruction", options: ["penalties": ["squared-error": .mapping([])]]) : "elbo"
  #expect(try lossIsFinite(objective(loss, for: model), shape: shape))
}

private func lossIsFinite<O: Objective<Batch<Tensor>>>(_ objective: O, shape: [Int]) throws -> Bool
{
  let x = Tensor(repeating: 0.5, shape: Shape([2] + shape))
  var context = Context.training(RandomKey(seed: 3))
  return objective.loss(on: Batch(observations: x, count: 2), &context).total.value
    .isFinite
}

@Test func theSameSeedGivesTheSameWeights() throws {
  func weights(_ seed: UInt64) throws -> [Tensor] {
    try imageModel(["preset": "conv-28"], shape: [8, 8, 1], seed: seed)
      .namedParameters.map(\.parameter.value)
  }
  #expect(try weights(4) == weights(4))
  #expect(try weights(4) != weights(5))
}

@Test func componentsHaveOneNameAKindAndASummary() {
  let components = Registry.standard.components
  let names = components.map { "\($0.role) \($0.observation?.name ?? "") \($0.name)" }
  #expect(Set(names).count == components.count)
  #expect(components.allSatisfy { !$0.summary.isEmpty && !$0.summary.contains("\n") })
  for role in [
    "domain", "model", "encoder", "posterior", "prior", "decoder", "likelihood", "objective",
    "sampler",
  ] {
    #expect(components.contains { $0.role == role })
  }
  for component in components {
    #expect(component.settings.allSatisfy { !$0.help.isEmpty }, "\(component.name)")
  }
}

private let misfits: [(change: String, message: String)] = [
  ("encoder.name=convv", "encoder.name: no encoder is called 'convv'; did you mean 'conv'?"),
  ("encoder.hiddn=[3]", "unknown key 'encoder.hiddn'; did you mean 'encoder.hidden'?"),
  ("encoder.hidden=[]", "encoder.hidden: takes widths"),
  ("decoder.hidden=[-1]", "decoder.hidden: takes widths"),
  ("encoder={name: conv, stages: [0]}", "encoder.stages: takes channels"),
  (
    "encoder.initializer=xavier",
    "encoder.initializer: no initializer is called 'xavier'; there are pytorch, kaiming_uniform,"
  ),
  ("likelihood={name: gaussian, sigma: 0}", "likelihood.sigma: takes a number above 0"),
  ("objective.kl_weight=-1", "objective.kl_weight: takes a number not below 0"),
  ("objective={warm_up: logistics}", "objective.warm_up: no choice is called 'logistics'"),
  ("objective={warm_up_steepness: 0}", "objective.warm_up_steepness: takes a number above 0"),
  ("objective={warm_up_cycles: 0}", "objective.warm_up_cycles: takes a count of 1 or more"),
  ("objective.warm_up_rise=1.5", "objective.warm_up_rise: takes a share above 0, up to 1"),
  ("objective.free_bits=-2", "objective.free_bits: takes a number not below 0"),
  ("objective.inner_steps=-1", "objective.inner_steps: takes a count of 0 or more"),
  ("measure.examples=-1", "measure.examples: takes a count from 0"),
  ("latent=0", "latent: takes a count from 1"),
  ("prior=vamp", "prior.name: no prior is called 'vamp'"),
  ("encoder=3", "encoder: expected a component's name or a mapping"),
]

@Test(arguments: misfits.indices)
func partsThatMakeNoSenseAreNamed(index: Int) throws {
  #expect {
    _ = try RunConfiguration(preset: "pytorch-mnist").changed(
      by: ConfigurationValue(assignment: misfits[index].change))
  } throws: { error in
    error is ConfigurationError && "\(error)".hasPrefix(misfits[index].message)
  }
}

// MARK: - A stranger's parts

private struct Mean: Encoder {
  let observationShape: Shape
  let featureCount = 1
  let scale: Double
  func callAsFunction(_ x: Variable, _ context: inout Context) -> Variable {
    (x.sumPerExample() * scale).reshaped(to: [x.shape[0], 1])
  }
}

private struct MeanOptions: ComponentOptions {
  @Setting("What the sum is multiplied by.", .positive) var scale = 1.0
}

@Test func anApplicationAddsItsOwnParts() throws {
  let registry = Registry.standard.adding(
    Family {
      $0.add(.encoder(of: Tensor.self), "mean", "the sum of the pixels", MeanOptions()) {
        options, assembly, _ in
        Mean(observationShape: try assembly[.observationShape], scale: options.scale)
      }
    })
  let changes: ConfigurationValue = ["latent": 1, "encoder": ["name": "mean", "scale": 0.5]]
  #expect(try imageModel(changes, shape: [2, 2, 1], registry: registry).latentCount == 1)
  #expect(throws: ConfigurationError.self) { try imageModel(changes, shape: [2, 2, 1]) }
}

/// Places on a ring, which are integers.
private struct Ring: Distribution {
  let count: Int
  func mean(_ context: inout Context) -> Tensor {
    Tensor(repeating: 0, shape: [count, 1], dtype: .int32)
  }
  func sample(_ context: inout Context) -> Tensor { mean(&context) }
  func logProbability(of value: Tensor, _ context: inout Context) -> Variable? { nil }
  func mapParameters(_ f: (Variable) -> Variable) -> Ring { self }
}

private struct RingPrior: Prior {
  typealias Value = Tensor
  let latentCount: Int
  func callAsFunction(_ count: Int, _ context: inout Context) -> Ring { Ring(count: count) }
}

@Test func aPriorOverOtherCodesIsACompositionError() throws {
  let registry = Registry.standard.adding(
    Family {
      $0.add(.prior, "ring", "codes on a ring", NoOptions()) { _, assembly, _ in
        RingPrior(latentCount: try assembly[.codeShape].count)
      }
    })
  #expect {
    try imageModel(["preset": "dense-16", "prior": "ring"], shape: [4, 4, 1], registry: registry)
  } throws: { error in
    error is CompositionError && "\(error)".contains("'ring'")
      && "\(error)".contains("'diagonal-gaussian'")
  }
}
