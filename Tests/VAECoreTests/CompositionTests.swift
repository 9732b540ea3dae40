import Layers
import TensorCore
import Testing
import VAECore
import VAETestKit

@Suite struct CompositionTests {
  /// A model whose parts' sizes are given one by one.
  private func compose(
    features: (encoder: Int, posterior: Int) = (3, 3),
    latent: (posterior: Int, prior: Int, decoder: Int) = (2, 2, 2), parameters: Shape = [2, 5, 1]
  ) throws -> String? {
    var key = RandomKey(seed: 1)
    do throws(CompositionError) {
      _ = try VAE(
        encoder: MinimalEncoder(
          observationShape: [2, 5, 1], featureCount: features.encoder, using: &key),
        posterior: MinimalPosterior(
          featureCount: features.posterior, latentCount: latent.posterior, using: &key),
        prior: MinimalPrior(latentCount: latent.prior),
        decoder: MinimalDecoder(
          latentCount: latent.decoder, parameterShape: parameters, using: &key),
        likelihood: MinimalLikelihood())
      return nil
    } catch { return error.description }
  }

  @Test func partsThatDoNotFitAreNamedOnBothSides() throws {
    #expect(try compose() == nil)
    #expect(
      try compose(features: (3, 4))
        == "the encoder gives 3 features, but the posterior reads 4")
    #expect(
      try compose(latent: (2, 3, 2)) == "latent sizes differ: posterior 2, prior 3, decoder 2")
    #expect(
      try compose(latent: (2, 2, 1)) == "latent sizes differ: posterior 2, prior 2, decoder 1")
    #expect(
      try compose(parameters: [5, 2, 1])
        == "the likelihood needs parameters [2, 5, 1] for observations [2, 5, 1], "
        + "but the decoder gives [5, 2, 1]")
  }

  @Test func parametersCarryTheirPartsNames() throws {
    var key = RandomKey(seed: 1)
    let model = try VAE(
      encoder: MinimalEncoder(observationShape: [4], featureCount: 3, using: &key),
      posterior: MinimalPosterior(featureCount: 3, latentCount: 2, using: &key),
      prior: MinimalPrior(latentCount: 2),
      decoder: MinimalDecoder(latentCount: 2, parameterShape: [4], using: &key),
      likelihood: MinimalLikelihood())
    #expect(
      model.namedParameters.map(\.name) == ["encoder.weight", "posterior.weight", "decoder.weight"])
    #expect(model.parameterCount == 12 + 6 + 8)
  }

  /// The estimate that serves priors without a closed form is right on average.
  @Test(arguments: PriorLaw.allCases) func theDefaultDivergence(obeys law: PriorLaw) throws {
    try law.check(posteriors: { count, key in
      MinimalDistribution(mean: Variable(key.normal([count, 1])))
    }) { _ in MinimalPrior(latentCount: 1) }
  }

  @Test func observationsWithoutMeaningAreRefusedByDefault() {
    let likelihood = MinimalLikelihood()
    #expect(throws: ObservationError.self) {
      try likelihood.validate(Tensor([1, .nan] as [Float], shape: [1, 2]))
    }
    #expect(throws: Never.self) { try likelihood.validate(.zeros([0, 2])) }
  }
}
