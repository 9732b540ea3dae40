import AdversarialModels
import BernoulliFamily
import DeterministicComponents
import GaussianFamily
import MLPComponents
import TensorCore
import Testing
import VAECore
import VAEEvaluation

// Models without a distribution of codes, or without an encoder: what has no density says so.

@Suite struct NoDensityTests {
  private func decoder(_ key: inout RandomKey) -> MLPDecoder {
    MLPDecoder(latentCount: 4, hidden: [32], parameterShape: Boxes.shape, using: &key)
  }

  private func autoencoder() throws -> some LatentModel<Tensor> {
    var key = RandomKey(seed: 1)
    return try VAE(
      encoder: MLPEncoder(observationShape: Boxes.shape, hidden: [32], using: &key),
      posterior: PointPosterior(featureCount: 32, latentCount: 4, using: &key),
      prior: StandardNormalPrior(latentCount: 4), decoder: decoder(&key),
      likelihood: BernoulliLikelihood())
  }

  private func generator() throws -> some LatentModel<Tensor> {
    var key = RandomKey(seed: 1)
    return try Generator(
      prior: StandardNormalPrior(latentCount: 4), decoder: decoder(&key),
      likelihood: PointLikelihood(), observationShape: Boxes.shape)
  }

  /// Evaluation gives what there is and nothing else: nil, never 0.
  @Test func evaluationGivesNothing() throws {
    var key = RandomKey(seed: 1)
    let found = try autoencoder().evaluate(on: Boxes(), importanceSamples: 4, using: &key)
    #expect(found.reconstruction != nil && found.codeVariance.count == 4)
    #expect(found.kl == nil && found.elbo == nil && found.logLikelihood == nil)
    #expect(found.klPerDimension == nil && found.mutualInformation == nil)
    let generated = try generator().evaluate(on: Boxes(), using: &key)
    #expect(generated.reconstruction == nil && generated.kl == nil && generated.elbo == nil)
  }

  @Test func whoNeedsDensitiesIsToldSo() throws {
    #expect {
      try autoencoder().requireDensities(for: "the bound")
    } throws: {
      "\($0)" == "the bound needs the densities of codes, and those at 'z' have none"
    }
    #expect {
      try generator().requireDensities(for: "the bound")
    } throws: {
      "\($0)" == "the bound needs the density of observations, and this model's have none"
    }
    #expect(throws: Never.self) { try gaussianVAE().requireDensities(for: "the bound") }
  }
}
