import BernoulliFamily
import Foundation
import GaussianFamily
import Layers
import MLPComponents
import TensorCore
import Testing
import VAECore
import VAETraining

// A second model trained on the codes of the first, which becomes its prior: the parameters that no player lists stay as they are.

/// A mixture of learned Gaussians.
struct MixturePrior: Prior {
  let means, logVariances: Parameter
  var latentCount: Int { means.shape[1] }

  init(latentCount: Int, count: Int, using key: inout RandomKey) {
    means = Parameter(key.normal([count, latentCount]))
    logVariances = Parameter(.zeros([count, latentCount]))
  }

  var parts: KeyValuePairs<String, any ModulePart> {
    ["means": means, "log_variances": logVariances]
  }

  func callAsFunction(_ count: Int, _ context: inout Context) -> Mixture {
    Mixture(
      components: DiagonalGaussian(mean: context[means], logVariance: context[logVariances]),
      count: count)
  }
}

typealias StagedVAE = VAE<
  MLPEncoder, DiagonalGaussianPosterior, MixturePrior, MLPDecoder, BernoulliLikelihood
>

/// -log p(z) of codes from the posterior, by which the prior alone learns.
struct FittedPrior: Objective {
  let model: StagedVAE
  var parts: KeyValuePairs<String, any ModulePart> { ["model": model] }
  var players: [Player] { [Player("prior", of: model.prior)] }

  func loss(on batch: Batch<Tensor>, _ context: inout Context) -> Loss {
    let sites = model.inferCodes(batch.observations, &context)
    guard let log = sites.logPrior else { preconditionFailure("a prior without a density") }
    return Loss(total: -log.mean(), terms: ["prior_nll": log.value * -1])
  }
}

@Suite struct StagesTests {
  private func staged() throws -> StagedVAE {
    var key = RandomKey(seed: 5)
    let plain = try gaussianVAE()
    return try VAE(
      encoder: plain.encoder, posterior: plain.posterior,
      prior: MixturePrior(latentCount: 4, count: 5, using: &key), decoder: plain.decoder,
      likelihood: plain.likelihood)
  }

  @Test func thePriorTrainsAlone() throws {
    let outcome = try train(on: Boxes(), rate: 0.02) { FittedPrior(model: try staged()) }
    #expect((outcome.last["prior_nll"] ?? .nan) < (outcome.first["prior_nll"] ?? .nan))
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
    try trainer.fit(FittedPrior(model: model), training: Boxes(), in: folder.stage("prior"))
    let after = model.namedParameters.filter { !$0.name.hasPrefix("prior.") }
      .map { $0.parameter.value }
    #expect(before == after)
    // The best weights of the second stage are the whole model's.
    let again = try staged()
    for model in [model, again] { try folder.stage("prior").loadWeights(into: model) }
    var (one, other) = (RandomKey(seed: 1), RandomKey(seed: 1))
    #expect(again.sample(3, using: &one) == model.sample(3, using: &other))
  }
}
