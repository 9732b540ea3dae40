import BernoulliFamily
import Foundation
import GaussianFamily
import Layers
import MLPComponents
import TensorCore
import Testing
import VAECore
import VAETraining

// Stages of one model: what its codes are like beforehand is learned again when the rest is done.

typealias StagedVAE = VAE<
  MLPEncoder, DiagonalGaussianPosterior, GaussianMixturePrior, MLPDecoder, BernoulliLikelihood
>

@Suite struct StagesTests {
  private func staged() throws -> StagedVAE {
    var key = RandomKey(seed: 5)
    let plain = try gaussianVAE()
    return try VAE(
      encoder: plain.encoder, posterior: plain.posterior,
      prior: GaussianMixturePrior(latentCount: 4, componentCount: 5, using: &key),
      decoder: plain.decoder, likelihood: plain.likelihood)
  }

  @Test func thePriorTrainsAlone() throws {
    let outcome = try train(on: Boxes(), rate: 0.02) {
      try Restricted(Bound(model: try staged()), to: ["prior"])
    }
    expectRise(outcome)
    #expect(outcome.last["reconstruction"] == outcome.first["reconstruction"])
  }

  /// Both stages in one run folder: the second leaves the weights of the first alone, and its file holds the whole model.
  @Test func oneFolderHoldsBoth() throws {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent(
      "vae-stages-\(UUID().uuidString)"
    ).path
    defer { try? FileManager.default.removeItem(atPath: path) }
    let folder = RunFolder(path)
    let model = try staged()
    let trainer = Trainer(TrainingOptions(epochs: 2))
    try trainer.fit(Bound(model: model), training: Boxes(), in: folder)
    let before = model.namedParameters.filter { !$0.name.hasPrefix("prior.") }
      .map { $0.parameter.value }
    try trainer.fit(
      try Restricted(Bound(model: model), to: ["prior"]), training: Boxes(),
      in: folder.stage("prior"))
    let after = model.namedParameters.filter { !$0.name.hasPrefix("prior.") }
      .map { $0.parameter.value }
    #expect(before == after)
    // The best weights of the second stage are the whole model's.
    let again = try staged()
    for model in [model, again] { try folder.stage("prior").loadWeights(into: model) }
    var (one, other) = (RandomKey(seed: 1), RandomKey(seed: 1))
    #expect(again.sample(3, using: &one) == model.sample(3, using: &other))
  }

  @Test func aPartThatIsNoneIsRefused() throws {
    let bound = Bound(model: try staged())
    for (name, part) in [("priro", "encoder, posterior, prior, decoder"), ("likelihood", "prior")] {
      let error = #expect(throws: CompositionError.self) { try Restricted(bound, to: [name]) }
      #expect(error?.description.contains(part) == true, "\(error?.description ?? "")")
    }
  }
}
