import AdversarialModels
import AggregateDivergences
import BernoulliFamily
import ConvComponents
import DeterministicComponents
import DisentanglingPenalties
import ELBOObjective
import GaussianFamily
import ImageLosses
import Layers
import MLPComponents
import TensorCore
import Testing
import VAECore
import VAETestKit

private let shape: Shape = [5, 6, 2]

private func encoder(_ key: inout RandomKey) -> MLPEncoder {
  MLPEncoder(observationShape: shape, hidden: [6], activation: .tanh, using: &key)
}

private func decoder(_ key: inout RandomKey) -> MLPDecoder {
  MLPDecoder(latentCount: 2, hidden: [6], parameterShape: shape, activation: .tanh, using: &key)
}

private func variational(
  _ key: inout RandomKey
) throws -> VAE<
  MLPEncoder, DiagonalGaussianPosterior, StandardNormalPrior, MLPDecoder, BernoulliLikelihood
> {
  try VAE(
    encoder: encoder(&key),
    posterior: DiagonalGaussianPosterior(featureCount: 6, latentCount: 2, using: &key),
    prior: StandardNormalPrior(latentCount: 2), decoder: decoder(&key),
    likelihood: BernoulliLikelihood())
}

private func deterministic(
  _ key: inout RandomKey
) throws -> VAE<MLPEncoder, PointPosterior, StandardNormalPrior, MLPDecoder, PointLikelihood> {
  try VAE(
    encoder: encoder(&key),
    posterior: PointPosterior(featureCount: 6, latentCount: 2, using: &key),
    prior: StandardNormalPrior(latentCount: 2), decoder: decoder(&key),
    likelihood: PointLikelihood())
}

private func judge(_ key: inout RandomKey) -> WholeJudge<MLPEncoder> {
  WholeJudge(
    MLPEncoder(observationShape: shape, hidden: [5], activation: .tanh, using: &key), using: &key)
}

/// A penalty by a name, which draws its weights from a key.
private struct Named: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let make: @Sendable (inout RandomKey) -> any Penalty

  init(_ name: String, _ make: @escaping @Sendable (inout RandomKey) -> any Penalty) {
    (testDescription, self.make) = (name, make)
  }
}

private let ofCodes = [
  Named("total correlation, weighted") { _ in
    TotalCorrelation(weight: 5, information: 0.5, sampling: .weighted)
  },
  Named("total correlation, stratified") { _ in TotalCorrelation(weight: 5, dimensions: 0.5) },
  Named("density ratio") { DensityRatio(weight: 6, latentCount: 2, hidden: [4], using: &$0) },
  Named("covariance of means") { _ in
    CovariancePenalty(of: .means, diagonal: 5, offDiagonal: 10)
  },
  Named("covariance of codes") { _ in
    CovariancePenalty(of: .codes, diagonal: 5, offDiagonal: 10)
  },
  Named("mmd, rbf") { _ in MaximumMeanDiscrepancy(weight: 10, kernel: .rbf) },
  Named("mmd, many scales") { _ in
    MaximumMeanDiscrepancy(weight: 10, scales: MaximumMeanDiscrepancy.manyScales)
  },
  Named("sliced Wasserstein") { _ in SlicedWasserstein(weight: 10, directionCount: 7) },
  Named("code adversary") {
    CodeAdversary(weight: 2, latentCount: 2, hidden: [4], activation: .tanh, using: &$0)
  },
  Named("code size") { _ in CodeSize(weight: 0.5) },
]

private let ofImages = [
  Named("squared error") { _ in ElementDistance(.squaredError) },
  Named("absolute error") { _ in ElementDistance(.absoluteError) },
  Named("log cosh") { _ in ElementDistance(.logCosh(alpha: 10)) },
  Named("structure") { _ in StructuralSimilarity(weight: 3, window: 3) },
  Named("decoder's weights") { _ in DecoderWeights(weight: 0.5) },
  Named("decoder's slope") { _ in DecoderSlope(weight: 0.5) },
  Named("image adversary") { ImageAdversary(judge(&$0), weight: 0.5, isAdaptive: false) },
  Named("image adversary, later") {
    ImageAdversary(judge(&$0), weight: 0.5, isAdaptive: false, fromStep: 2)
  },
]

@Suite struct PenaltyLawTests {
  private func draw(_ count: Int, _ key: inout RandomKey) -> Tensor {
    key.uniform([count] + shape)
  }

  @Test(arguments: ObjectiveLaw.allCases, ofCodes + ofImages)
  private func bounds(obey law: ObjectiveLaw, penalty: Named) throws {
    try law.check(observations: draw, klWeight: nil) {
      try ELBO(variational(&$0), penalties: [penalty.make(&$0)])
    }
  }

  @Test(arguments: ObjectiveLaw.allCases.filter { $0 != .terms }, ofCodes.dropFirst(2) + ofImages)
  private func reconstructions(obey law: ObjectiveLaw, penalty: Named) throws {
    try law.check(observations: draw, klWeight: nil) {
      let own = penalty.make(&$0)
      return try Reconstruction(
        deterministic(&$0),
        penalties: (own.name == "log_cosh" ? [] : [ElementDistance(.logCosh(alpha: 2))]) + [own])
    }
  }

  @Test(arguments: ObjectiveLaw.allCases) func capacities(obey law: ObjectiveLaw) throws {
    try law.check(observations: draw, klWeight: nil) {
      try ELBO(
        variational(&$0), klWeight: .constant(30), capacity: Capacity(4, steps: 5))
    }
  }

  @Test(
    arguments: ObjectiveLaw.allCases.filter { $0 != .terms },
    [AdversarialGame.nonSaturating, .wasserstein(penalty: 10)])
  func games(obey law: ObjectiveLaw, game: AdversarialGame) throws {
    try law.check(observations: draw, klWeight: nil) {
      try GAN(
        Generator(
          prior: StandardNormalPrior(latentCount: 2), decoder: decoder(&$0),
          likelihood: PointLikelihood(output: .tanh), observationShape: shape),
        against: judge(&$0), game: game, judgeSteps: 2)
    }
  }

  @Test(arguments: ObjectiveLaw.allCases.filter { $0 != .terms })
  func vaeGANs(obey law: ObjectiveLaw) throws {
    try law.check(observations: draw, klWeight: nil) {
      try VAEGAN(variational(&$0), against: judge(&$0))
    }
  }

  @Test(arguments: PosteriorLaw.allCases) func points(obey law: PosteriorLaw) throws {
    try law.check { PointPosterior(featureCount: 5, latentCount: 2, using: &$0) }
  }

  @Test(arguments: LikelihoodLaw.allCases) func points(obey law: LikelihoodLaw) throws {
    for output in PointLikelihood.Values.allCases {
      try law.check { _ in PointLikelihood(output: output) }
    }
  }

  @Test(arguments: ModelLaw.allCases) func deterministicModels(obey law: ModelLaw) throws {
    try law.check(observations: draw) { try deterministic(&$0) }
  }

  @Test(arguments: ModelLaw.allCases) func generators(obey law: ModelLaw) throws {
    try law.check(observations: draw) {
      try Generator(
        prior: StandardNormalPrior(latentCount: 2), decoder: decoder(&$0),
        likelihood: PointLikelihood(), observationShape: shape)
    }
  }

  /// Before its step a game costs nobody anything.
  @Test func gamesBeginAtTheirStep() throws {
    var key = RandomKey(seed: 2)
    let adversary = ImageAdversary(judge(&key), weight: 0.5, isAdaptive: false, fromStep: 20)
    let objective = try Reconstruction(
      deterministic(&key), penalties: [ElementDistance(.squaredError), adversary])
    let x = draw(3, &key)
    func losses(at step: Int) -> (own: Double, distance: Double, judge: Double) {
      var context = Context.training(RandomKey(seed: 3))
      context.enter(step: step, of: objective)
      let loss = objective.loss(on: Batch(observations: x, count: 3), &context)
      let distance = loss.terms.first { $0.key == "squared_error" }?.value.mean().item
      return (
        loss.total.value.item, distance ?? .nan, loss.others["image_judge"]?.value.item ?? .nan
      )
    }
    let (before, after) = (losses(at: 19), losses(at: 20))
    #expect(before.judge == 0 && abs(before.own - before.distance) < 1e-5)
    #expect(after.judge > 0 && abs(after.own - after.distance) > 1e-4)
  }

  /// A critic takes so many steps for each of the generator.
  @Test func criticsStepMoreOften() throws {
    var key = RandomKey(seed: 2)
    let objective = try GAN(
      Generator(
        prior: StandardNormalPrior(latentCount: 2), decoder: decoder(&key),
        likelihood: PointLikelihood(), observationShape: shape), against: judge(&key),
      judgeSteps: 5, judgeOptimizer: .adam(learningRate: 3e-4, beta1: 0.5))
    #expect(objective.players.map(\.name) == ["judge", "generator"])
    #expect(objective.players.map(\.turn) == [.every(1), .every(5)])
    #expect(objective.players[0].optimizer?.beta1 == 0.5 && objective.players[1].optimizer == nil)
  }

  /// Features, codes and what is decoded as grids.
  @Test(arguments: ModelLaw.allCases) func gridsOfCodes(obey law: ModelLaw) throws {
    try law.check(observations: draw) {
      let encoder = try ConvEncoder(
        observationShape: shape, stages: [ConvStage(3)], isGrid: true, activation: .tanh, using: &$0
      )
      let posterior = try GridGaussianPosterior(
        featureShape: encoder.featureShape, latentChannels: 2, using: &$0)
      return try VAE(
        encoder: encoder, posterior: posterior,
        prior: StandardNormalPrior(codeShape: posterior.codeShape),
        decoder: ConvDecoder(
          codeShape: posterior.codeShape, stages: [ConvStage(3)], parameterShape: shape,
          activation: .tanh, using: &$0), likelihood: BernoulliLikelihood())
    }
  }

  @Test func gridsThatDoNotFitAreToldSo() throws {
    var key = RandomKey(seed: 1)
    #expect {
      _ = try ConvDecoder(
        codeShape: [2, 2, 3], stages: [ConvStage(3)], parameterShape: shape, using: &key)
    } throws: { "\($0)".hasPrefix("codes are grids of 2x2, but the stages lead from 3x3 to 5x6") }
    #expect {
      _ = try GridGaussianPosterior(featureShape: [7], latentChannels: 2, using: &key)
    } throws: { "\($0)".contains("choose one that gives grids, as {name: conv, grid: true}") }
  }

  @Test(arguments: ModuleLaw.allCases) func patchJudges(obey law: ModuleLaw) throws {
    try law.check {
      try PatchJudge(observationShape: [12, 13, 2], channels: 3, layerCount: 2, using: &$0)
    }
  }
}
