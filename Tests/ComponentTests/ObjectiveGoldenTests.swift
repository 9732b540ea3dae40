import AdversarialModels
import AggregateDivergences
import BernoulliFamily
import DeterministicComponents
import DisentanglingPenalties
import ELBOObjective
import Foundation
import GaussianFamily
import ImageLosses
import ImportanceWeightedObjective
import Layers
import MLPComponents
import TensorCore
import Testing
import VAECore

/// What PyTorch computes for every objective at fixed weights and noise; `Golden/make_objectives.py` writes the file.
private struct GoldenObjectives: Decodable {
  struct Numbers: Decodable {
    var shape: [Int]
    var values: [Double]
    var tensor: Tensor { Tensor(values, shape: Shape(shape)) }
  }

  struct Pass: Decodable {
    var total: Double
    var gradients: [String: Numbers]
  }

  struct Case: Decodable {
    var total: Double?
    var gradients: [String: Numbers]?
    var players: [String: Pass]?
    var terms: [String: Term]?

    func pass(of player: String?) throws -> Pass {
      if let player { return try #require(players?[player]) }
      return Pass(total: try #require(total), gradients: try #require(gradients))
    }
  }

  /// A number, or one of each example.
  enum Term: Decodable {
    case number(Double)
    case rows([Double])

    init(from decoder: any Swift.Decoder) throws {
      if let number = try? decoder.singleValueContainer().decode(Double.self) {
        self = .number(number)
      } else {
        self = .rows(try Numbers(from: decoder).values)
      }
    }

    var values: [Double] {
      switch self {
      case .number(let value): [value]
      case .rows(let values): values
      }
    }
  }

  struct Setup: Decodable {
    var x, eps, prior, order, directions, v, dreams, shares, eps6: Numbers
    var parameters: [String: Numbers]
  }

  struct Images: Decodable {
    var shape: [Int]
    var characters: String
    var tensor: Tensor { Tensor(characters.utf8.map { Double($0 - 48) / 64 }, shape: Shape(shape)) }
  }

  struct Similarity: Decodable {
    struct Slope: Decodable {
      var stride: Int
      var norm: Double
      var values: [Double]
    }

    var window: Int
    var sigma: Double
    var weights: [Double]
    var first, second: Images
    var value: Numbers
    var gradient: Slope
  }

  var setup: Setup
  var cases: [String: Case]
  var ms_ssim: [Similarity]

  static func read() throws -> GoldenObjectives {
    let url = try #require(
      Bundle.module.url(forResource: "Golden/objectives", withExtension: "json"))
    return try JSONDecoder().decode(GoldenObjectives.self, from: Data(contentsOf: url))
  }
}

// MARK: - Parts with given noise

/// Gaussians that are drawn with given noise.
private struct NoisyGaussian: Factorized {
  let base: DiagonalGaussian
  let noise: Tensor

  func mean(_ context: inout Context) -> Variable { base.mean }
  func variance(_ context: inout Context) -> Variable? { base.variance(&context) }
  func sample(_ context: inout Context) -> Variable {
    base.mean.reparameterized(logVariance: base.logVariance, noise: noise)
  }
  func logProbabilities(of value: Variable) -> Variable { base.logProbabilities(of: value) }
  func divergence(from other: some Distribution<Variable>) -> Divergence? {
    base.divergence(from: other)
  }
  func mapParameters(_ f: (Variable) -> Variable) -> NoisyGaussian {
    NoisyGaussian(base: base.mapParameters(f), noise: noise)
  }
}

private struct NoisyPosterior: Posterior {
  let base: DiagonalGaussianPosterior
  let noise: Tensor
  var featureCount: Int { base.featureCount }
  var latentCount: Int { base.latentCount }
  var parts: KeyValuePairs<String, any ModulePart> { base.parts }

  func callAsFunction(_ features: Variable, _ context: inout Context) -> NoisyGaussian {
    NoisyGaussian(base: base(features, &context), noise: noise)
  }
}

/// N(0, I), of which the same codes are always drawn.
private struct GivenNormal: Factorized {
  let base: StandardNormal
  let codes: Tensor
  var law: Law? { base.law }

  func mean(_ context: inout Context) -> Variable { base.mean(&context) }
  func sample(_ context: inout Context) -> Variable { Variable(codes) }
  func logProbabilities(of value: Variable) -> Variable { base.logProbabilities(of: value) }
  func mapParameters(_ f: (Variable) -> Variable) -> GivenNormal {
    GivenNormal(base: base.mapParameters(f), codes: codes)
  }
}

private struct GivenPrior: Prior {
  let codes: Tensor
  var latentCount: Int { codes.shape[1] }

  func callAsFunction(_ count: Int, _ context: inout Context) -> GivenNormal {
    GivenNormal(base: StandardNormal(shape: [count, latentCount]), codes: codes)
  }
}

/// The distance along given directions.
private struct GivenDirections: Penalty {
  let base: SlicedWasserstein
  let directions: Tensor
  var name: String { "sliced" }

  func charge<Model: LatentModel>(for walk: Walk<Model>, _ context: inout Context) -> Charge {
    let prior = walk.model.priorCodes(for: walk.observation, &context)
    return Charge(
      name, ofBatch: base.distance(walk.codes, prior, along: Variable(directions)),
      count: walk.count, weight: base.weight)
  }
}

/// The slope of given combinations.
private struct GivenCombination: Penalty {
  let base: DecoderSlope
  let direction: Tensor
  var name: String { "slope" }

  func charge<Model: LatentModel>(for walk: Walk<Model>, _ context: inout Context) -> Charge {
    let made = walk.pair(&context).made
    return Charge(
      name,
      perExample: base.slope(
        of: made, by: walk.sites.map(\.code), along: direction.reshaped(to: made.shape)),
      weight: base.weight)
  }
}

// MARK: - Tests

@Suite struct ObjectiveGoldenTests {
  private let golden: GoldenObjectives
  private let setup: GoldenObjectives.Setup
  private let x: Tensor

  init() throws {
    golden = try .read()
    setup = golden.setup
    x = setup.x.tensor
  }

  // MARK: Models

  private typealias Coder<Q: Posterior<Variable>, L: Likelihood<Tensor>> = VAE<
    MLPEncoder, Q, GivenPrior, MLPDecoder, L
  >

  private func model<Q: Posterior<Variable>, L: Likelihood<Tensor>>(
    _ posterior: Q, _ likelihood: L, prior: Tensor? = nil
  ) throws -> Coder<Q, L> {
    var key = RandomKey(seed: 1)
    let model = try VAE(
      encoder: MLPEncoder(
        observationShape: [4, 3, 1], hidden: [7], activation: .tanh, using: &key),
      posterior: posterior, prior: GivenPrior(codes: prior ?? setup.prior.tensor),
      decoder: MLPDecoder(
        latentCount: 3, hidden: [6], parameterShape: [4, 3, 1], activation: .tanh, using: &key),
      likelihood: likelihood)
    try load(model)
    return model
  }

  private func noisy(_ noise: Tensor? = nil) -> NoisyPosterior {
    var key = RandomKey(seed: 1)
    return NoisyPosterior(
      base: DiagonalGaussianPosterior(featureCount: 7, latentCount: 3, using: &key),
      noise: noise ?? setup.eps.tensor)
  }

  private func variational(_ noise: Tensor? = nil) throws -> Coder<
    NoisyPosterior, BernoulliLikelihood
  > {
    try model(noisy(noise), BernoulliLikelihood())
  }

  private func deterministic() throws -> Coder<PointPosterior, PointLikelihood> {
    var key = RandomKey(seed: 1)
    return try model(
      PointPosterior(featureCount: 7, latentCount: 3, using: &key), PointLikelihood())
  }

  private func imageJudge() throws -> WholeJudge<MLPEncoder> {
    var key = RandomKey(seed: 1)
    let judge = WholeJudge(
      MLPEncoder(
        observationShape: [4, 3, 1], hidden: [8], activation: .leakyReLU(slope: 0.2), using: &key),
      using: &key)
    try load(judge, under: "judge.")
    return judge
  }

  // MARK: Comparing

  /// The file's name of a parameter of ours.
  private func fileName(_ name: String, isPoint: Bool) -> String {
    var name = name
    if name.hasPrefix("model.") { name = String(name.dropFirst(6)) }
    if isPoint { name = name.replacing("posterior.", with: "point.") }
    for penalty in ["density_ratio", "code_adversary"] {
      name = name.replacing("penalties.\(penalty).judge.", with: "judge.layers.")
    }
    name = name.replacing("penalties.image_adversary.judge.", with: "judge.")
    return name.replacing("judge.features.layers.", with: "image_judge.features.")
      .replacing("judge.head", with: "image_judge.head")
      .replacing("image_image_", with: "image_")
  }

  private func load(_ module: some Module, under prefix: String = "") throws {
    let isPoint =
      (module.namedParameters.first { $0.name == "posterior.projection.bias" })?
      .parameter.shape == [3]
    for (name, parameter) in module.namedParameters {
      let own = fileName(prefix + name, isPoint: isPoint)
      parameter.value = try #require(setup.parameters[own], "\(own)").tensor
    }
  }

  /// Compares the loss of a player, and its gradients by all that the file has gradients by.
  private func compare<O: Objective<Batch<Tensor>>>(
    _ name: String, _ objective: O, player: String? = nil, as other: String? = nil,
    comparesTotal: Bool = true
  ) throws {
    let expected = try #require(golden.cases[name]).pass(of: other ?? player)
    var context = Context.training(RandomKey(seed: 2))
    context.player = player
    context.exampleCount = 1000
    let loss = objective.loss(on: Batch(observations: x, count: 5), &context)
    if comparesTotal {
      #expect(
        abs(loss.total.value.item - expected.total) < 1e-8 * (1 + abs(expected.total)), "\(name)")
    }
    try compare(loss.total, objective, expected, "\(name) \(player ?? "")")
  }

  private func compare(
    _ total: Variable, _ objective: some Module, _ expected: GoldenObjectives.Pass, _ name: String
  ) throws {
    let isPoint = expected.gradients.keys.contains { $0.hasPrefix("point") }
    let named = objective.namedParameters
    let targets = expected.gradients.keys.sorted().compactMap { key in
      named.first { fileName($0.name, isPoint: isPoint) == key }.map { (key, $0.parameter) }
    }
    #expect(targets.count == expected.gradients.count, "\(name)")
    let gradients = total.gradient(withRespectTo: targets.map(\.1))
    for ((key, _), gradient) in zip(targets, gradients) {
      let values = try #require(expected.gradients[key]).values
      let scale = values.reduce(1e-3) { max($0, abs($1)) }
      let own = gradient?.doubles ?? values.map { _ in 0 }
      let error = zip(own, values).reduce(0) { max($0, abs($1.0 - $1.1)) }
      #expect(
        own.count == values.count && error < 1e-8 * scale, "\(name): \(key) is off by \(error)")
    }
  }

  private func compareTerms(_ name: String, _ terms: [(String, [Double])]) throws {
    let expected = try #require(golden.cases[name]?.terms)
    for (term, values) in terms {
      let other = try #require(expected[term]).values
      for (a, b) in zip(values, other) {
        #expect(abs(a - b) < 1e-8 * (1 + abs(b)), "\(name): \(term)")
      }
    }
  }

  // MARK: Bounds and penalties

  @Test func bounds() throws {
    let model = try variational()
    try compare("beta", ELBO(model, klWeight: .constant(4)))
    for (name, nats) in [("capacity", 1.5), ("capacity_above", 25)] {
      try compare(
        name,
        ELBO(
          model, klWeight: .constant(100), capacity: Capacity(nats, steps: 0)))
    }
  }

  @Test(arguments: TotalCorrelation.Sampling.allCases)
  func totalCorrelation(sampling: TotalCorrelation.Sampling) throws {
    let (model, name) = (try variational(), "tc_\(sampling.rawValue)")
    try compare(
      name,
      ELBO(
        model,
        penalties: [
          TotalCorrelation(weight: 5, information: 0.3, dimensions: 0.2, sampling: sampling)
        ]))
    var context = Context.training(RandomKey(seed: 2))
    let sites = model.inferCodes(x, &context)
    let parts = TotalCorrelation.Parts(of: sites, sampling, exampleCount: 1000)
    try compareTerms(
      name,
      [
        ("mi", parts.information.value.doubles), ("tc", parts.correlation.value.doubles),
        ("dw", parts.dimensions.value.doubles),
      ])
  }

  @Test func densityRatio() throws {
    var key = RandomKey(seed: 1)
    let penalty = DensityRatio(weight: 6, latentCount: 3, hidden: [8], using: &key)
    try load(penalty, under: "penalties.density_ratio.")
    let objective = try ELBO(try variational(), penalties: [penalty])
    try compare("density_ratio", objective, as: "model")
    var context = Context.training(RandomKey(seed: 2))
    let codes = objective.model.inferCodes(x, &context).codes
    let rows = setup.order.values.map { Int32($0) }
    let order = Tensor(rows.enumerated().map { $1 * 3 + Int32($0 % 3) }, shape: [15])
    let charge = penalty.charge(for: codes, shuffledBy: order, &context)
    let total = try #require(charge.ofRivals["shuffle_judge"])
    let expected = try #require(golden.cases["density_ratio"]).pass(of: "rival")
    #expect(abs(total.value.item - expected.total) < 1e-9)
    try compare(total, objective, expected, "density_ratio rival")
  }

  @Test(arguments: CovariancePenalty.Kind.allCases)
  func covariance(kind: CovariancePenalty.Kind) throws {
    try compare(
      "covariance_\(kind.rawValue)",
      ELBO(
        try variational(),
        penalties: [CovariancePenalty(of: kind, diagonal: 5, offDiagonal: 10)]))
  }

  @Test func aggregateDivergences() throws {
    let model = try variational()
    let kernels: [(String, MaximumMeanDiscrepancy)] = [
      ("mmd_rbf", MaximumMeanDiscrepancy(weight: 10, kernel: .rbf)),
      ("mmd_imq", MaximumMeanDiscrepancy(weight: 10)),
      (
        "mmd_multi",
        MaximumMeanDiscrepancy(weight: 10, scales: MaximumMeanDiscrepancy.manyScales)
      ),
    ]
    for (name, penalty) in kernels {
      try compare(name, Reconstruction(model, penalties: [penalty]))
    }
    try compare(
      "info_vae",
      ELBO(
        model, klWeight: .constant(0.5),
        penalties: [MaximumMeanDiscrepancy(weight: 9.5, kernel: .rbf)]))
    try compare(
      "sliced",
      Reconstruction(
        model,
        penalties: [
          GivenDirections(base: SlicedWasserstein(weight: 3), directions: setup.directions.tensor)
        ]))
  }

  @Test func codeAdversary() throws {
    var key = RandomKey(seed: 1)
    let penalty = CodeAdversary(
      weight: 2, latentCount: 3, hidden: [8], activation: .leakyReLU(slope: 0.2), using: &key)
    try load(penalty, under: "penalties.code_adversary.")
    let objective = try Reconstruction(try variational(), penalties: [penalty])
    try compare("code_adversary", objective, as: "model")
    try compare("code_adversary", objective, player: "code_judge", as: "rival")
  }

  @Test func deterministicModels() throws {
    let model = try deterministic()
    try compare(
      "rae_l2",
      Reconstruction(
        model,
        penalties: [
          ElementDistance(.squaredError), CodeSize(weight: 0.1), DecoderWeights(weight: 0.01),
        ]))
    try compare(
      "rae_gp",
      Reconstruction(
        model,
        penalties: [
          ElementDistance(.squaredError), CodeSize(weight: 0.1),
          GivenCombination(base: DecoderSlope(weight: 0.05), direction: setup.v.tensor),
        ]))
    for (name, kind) in [
      ("squared_error", ElementDistance.Kind.squaredError), ("absolute_error", .absoluteError),
      ("log_cosh", .logCosh(alpha: 10)),
    ] {
      try compare(name, Reconstruction(model, penalties: [ElementDistance(kind)]))
    }
  }

  @Test func importanceWeightedBounds() throws {
    let model = try variational(setup.eps6.tensor)
    try compare("iwae", ImportanceWeighted(model, samples: 6))
    try compare("miwae", ImportanceWeighted(model, samples: 3, groups: 2))
    try compare("ciwae", ImportanceWeighted(model, samples: 6, elboShare: 0.3))
    try compare("stl", ImportanceWeighted(model, samples: 6, gradient: .stickingTheLanding))
    try compare(
      "dreg", ImportanceWeighted(model, samples: 6, gradient: .doublyReparameterized),
      comparesTotal: false)
    let partial = try PartiallyImportanceWeighted(model, samples: 3, groups: 2)
    try compare("piwae", partial, player: "model")
    try compare("piwae", partial, player: "encoder")
  }

  // MARK: Games

  @Test func vaeGAN() throws {
    let model = try model(noisy(), PointLikelihood(), prior: setup.dreams.tensor)
    let objective = try VAEGAN(model, against: try imageJudge(), featureWeight: 0.1)
    try compare("vae_gan", objective, player: "encoder")
    try compare("vae_gan", objective, player: "decoder")
    try compare("vae_gan", objective, player: "judge", as: "discriminator")
  }

  @Test func games() throws {
    var key = RandomKey(seed: 1)
    let model = try Generator(
      prior: GivenPrior(codes: setup.dreams.tensor),
      decoder: MLPDecoder(
        latentCount: 3, hidden: [6], parameterShape: [4, 3, 1], activation: .tanh, using: &key),
      likelihood: PointLikelihood(), observationShape: [4, 3, 1])
    try load(model)
    let judge = try imageJudge()
    let plain = try GAN(model, against: judge)
    try compare("gan", plain, player: "generator")
    try compare("gan", plain, player: "judge", as: "discriminator")
    let critic = try GAN(model, against: judge, game: .wasserstein(penalty: 10))
    try compare("wgan_gp", critic, player: "generator")
    var context = Context.training(RandomKey(seed: 2))
    let made = model.generate(Blank(rowCount: 5), &context).value
    let shares = setup.shares.tensor.reshaped(to: [5, 1, 1, 1])
    let penalty = critic.slopePenalty(x, made.value, shares, &context)
    let scores = judge(made.detached, &context).logits - judge(Variable(x), &context).logits
    let total = scores.mean() + penalty.mean() * 10
    let expected = try #require(golden.cases["wgan_gp"]).pass(of: "critic")
    #expect(abs(total.value.item - expected.total) < 1e-8)
    try compare(total, critic, expected, "wgan_gp critic")
  }

  @Test func adaptiveAdversary() throws {
    let objective = try Reconstruction(
      try model(noisy(), PointLikelihood()), klWeight: 1e-3,
      penalties: [
        ElementDistance(.absoluteError), ImageAdversary(try imageJudge(), weight: 0.5),
      ])
    try compare("adaptive", objective, as: "model")
    try compare("adaptive", objective, player: "image_judge", as: "discriminator")
  }

  // MARK: Structure

  @Test(arguments: [0, 1]) func structuralSimilarity(index: Int) throws {
    let golden = golden.ms_ssim[index]
    let similarity = StructuralSimilarity(
      window: golden.window, sigma: golden.sigma, scales: golden.weights)
    let second = Variable(golden.second.tensor, requiresGradient: true)
    let value = similarity(Variable(golden.first.tensor), second)
    for (a, b) in zip(value.value.doubles, golden.value.values) { #expect(abs(a - b) < 1e-9) }
    let slope = try #require(value.sum().gradient(withRespectTo: [second])[0]).doubles
    let norm = slope.reduce(0) { $0 + $1 * $1 }.squareRoot()
    #expect(abs(norm - golden.gradient.norm) < 1e-8 * golden.gradient.norm)
    let some = stride(from: 0, to: slope.count, by: golden.gradient.stride).map { slope[$0] }
    #expect(some.count == golden.gradient.values.count)
    for (a, b) in zip(some, golden.gradient.values) { #expect(abs(a - b) < 1e-8) }
  }
}
