import AdversarialModels
import AggregateDivergences
import BernoulliFamily
import ConvComponents
import DeterministicComponents
import DisentanglingPenalties
import ELBOObjective
import GaussianFamily
import ImageLosses
import ImportanceWeightedObjective
import Layers
import MLPComponents
import TensorCore
import Testing
import VAECore

// Every objective of the package, trained: its steps are captured, and a run that was interrupted ends with the same bytes.

@Suite struct ZooTests {
  private func encoder(_ key: inout RandomKey) -> MLPEncoder {
    MLPEncoder(observationShape: Boxes.shape, hidden: [32], using: &key)
  }

  private func decoder(_ key: inout RandomKey) -> MLPDecoder {
    MLPDecoder(latentCount: 4, hidden: [32], parameterShape: Boxes.shape, using: &key)
  }

  private func deterministic(
    _ key: inout RandomKey
  ) throws -> VAE<MLPEncoder, PointPosterior, StandardNormalPrior, MLPDecoder, PointLikelihood> {
    try VAE(
      encoder: encoder(&key),
      posterior: PointPosterior(featureCount: 32, latentCount: 4, using: &key),
      prior: StandardNormalPrior(latentCount: 4), decoder: decoder(&key),
      likelihood: PointLikelihood())
  }

  private func judge(_ key: inout RandomKey) -> WholeJudge<MLPEncoder> {
    WholeJudge(
      MLPEncoder(
        observationShape: Boxes.shape, hidden: [24], activation: .leakyReLU(slope: 0.2),
        using: &key), using: &key)
  }

  private func penalty(_ name: String, _ key: inout RandomKey) throws -> any Penalty {
    switch name {
    case "beta-tc": TotalCorrelation(weight: 3)
    case "factor": DensityRatio(weight: 3, latentCount: 4, hidden: [16], using: &key)
    case "dip-1": CovariancePenalty(of: .means, diagonal: 2, offDiagonal: 2)
    case "dip-2": CovariancePenalty(of: .codes, diagonal: 2, offDiagonal: 2)
    case "mmd": MaximumMeanDiscrepancy(weight: 10, scales: MaximumMeanDiscrepancy.manyScales)
    case "swae": SlicedWasserstein(weight: 10)
    case "aae": CodeAdversary(weight: 2, latentCount: 4, hidden: [16], using: &key)
    case "rae-l2": DecoderWeights(weight: 1e-3)
    case "rae-gp": DecoderSlope(weight: 1e-3)
    case "structure": StructuralSimilarity(weight: 10, window: 3)
    case "features":
      try FeatureDistance(by: encoder(&key), of: Boxes.shape, weight: 0.1)
    default: ImageAdversary(judge(&key), weight: 0.5, fromStep: 4)
    }
  }

  @Test(arguments: ["beta-tc", "factor", "dip-1", "dip-2", "mmd"])
  func bounds(kind: String) throws {
    var key = RandomKey(seed: 9)
    let penalty = try penalty(kind, &key)
    expectRise(
      try train(on: Boxes()) {
        var key = RandomKey(seed: 9)
        return try ELBO(
          gaussianVAE(), penalties: [kind == "factor" ? self.penalty(kind, &key) : penalty])
      })
  }

  @Test(
    arguments: [
      "mmd", "swae", "aae", "rae-l2", "rae-gp", "structure", "features", "image-adversary",
    ])
  func reconstructions(kind: String) throws {
    let outcome = try train(on: Boxes()) {
      var key = RandomKey(seed: 9)
      return try Reconstruction(
        deterministic(&key), penalties: [ElementDistance(.squaredError), penalty(kind, &key)])
    }
    let (first, last) = (outcome.first["squared_error"] ?? 0, outcome.last["squared_error"] ?? 1)
    #expect(last < first)
  }

  @Test func capacities() throws {
    try train(on: Boxes()) {
      try ELBO(gaussianVAE(), klWeight: .constant(10), capacity: Capacity(2, steps: 6))
    }
  }

  @Test(arguments: [AdversarialGame.nonSaturating, .wasserstein(penalty: 10)])
  func games(game: AdversarialGame) throws {
    try train(on: Boxes()) {
      var key = RandomKey(seed: 9)
      return try GAN(
        Generator(
          prior: StandardNormalPrior(latentCount: 4), decoder: decoder(&key),
          likelihood: PointLikelihood(output: .tanh), observationShape: Boxes.shape),
        against: judge(&key), game: game, judgeSteps: 2)
    }
  }

  @Test func vaeGANs() throws {
    try train(on: Boxes()) {
      var key = RandomKey(seed: 9)
      return try VAEGAN(gaussianVAE(), against: judge(&key))
    }
  }

  @Test func patches() throws {
    try train(on: Boxes(), epochs: 2) {
      var key = RandomKey(seed: 9)
      let patches = try PatchJudge(
        observationShape: Boxes.shape, channels: 4, layerCount: 1, using: &key)
      return try Reconstruction(
        deterministic(&key),
        penalties: [ElementDistance(.absoluteError), ImageAdversary(patches, weight: 0.5)])
    }
  }

  @Test(arguments: ImportanceGradient.allCases)
  func importanceWeighted(gradient: ImportanceGradient) throws {
    expectRise(
      try train(on: Boxes()) {
        try ImportanceWeighted(
          gaussianVAE(), samples: 3, groups: 2, elboShare: 0.2, gradient: gradient)
      }, "bound")
  }

  @Test func partiallyImportanceWeighted() throws {
    expectRise(
      try train(on: Boxes()) {
        try PartiallyImportanceWeighted(gaussianVAE(), samples: 3, groups: 2)
      }, "bound")
  }

  /// Codes that are a grid, as latent diffusion has them.
  @Test func gridsOfCodes() throws {
    let outcome = try train(on: Boxes()) {
      var key = RandomKey(seed: 9)
      let encoder = try ConvEncoder(
        observationShape: Boxes.shape, stages: [ConvStage(6)], isGrid: true, style: .residual,
        using: &key)
      let posterior = try GridGaussianPosterior(
        featureShape: encoder.featureShape, latentChannels: 2, using: &key)
      return try Reconstruction(
        VAE(
          encoder: encoder, posterior: posterior,
          prior: StandardNormalPrior(codeShape: posterior.codeShape),
          decoder: ConvDecoder(
            codeShape: posterior.codeShape, stages: [ConvStage(6)], parameterShape: Boxes.shape,
            style: .residual, using: &key), likelihood: PointLikelihood()), klWeight: 1e-3,
        penalties: [ElementDistance(.absoluteError), penalty("image-adversary", &key)])
    }
    #expect((outcome.last["absolute_error"] ?? 1) < (outcome.first["absolute_error"] ?? 0))
  }

  /// Penalties mix, also two that tell the same.
  @Test func penaltiesMix() throws {
    let outcome = try train(on: Boxes()) {
      var key = RandomKey(seed: 9)
      return try ELBO(
        gaussianVAE(), klWeight: .linear(steps: 8),
        penalties: [
          penalty("beta-tc", &key), penalty("factor", &key), penalty("aae", &key),
          penalty("image-adversary", &key), penalty("structure", &key),
        ])
    }
    #expect(outcome.last["total_correlation_2"] != nil && outcome.last["elbo"] != nil)
  }

  @Test func denoising() throws {
    let outcome = try train(on: Boxes()) {
      var key = RandomKey(seed: 9)
      return Denoising(
        try Reconstruction(
          deterministic(&key),
          penalties: [ElementDistance(.squaredError), penalty("aae", &key)]),
        corruption: .noise(deviation: 0.3))
    }
    #expect((outcome.last["squared_error"] ?? 1) < (outcome.first["squared_error"] ?? 0))
  }
}
