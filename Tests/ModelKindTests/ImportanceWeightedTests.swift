import BernoulliFamily
import GaussianFamily
import Layers
import MLPComponents
import TensorCore
import Testing
import VAECore
import VAETestKit

#if canImport(Glibc)
  import Glibc
#endif

// K codes an example in one pass, with log q and log p of each; the encoder runs once.

typealias GaussianVAE = VAE<
  MLPEncoder, DiagonalGaussianPosterior, StandardNormalPrior, MLPDecoder, BernoulliLikelihood
>

func gaussianVAE() throws -> GaussianVAE {
  var key = RandomKey(seed: 1)
  return try VAE(
    encoder: MLPEncoder(observationShape: Boxes.shape, hidden: [32], using: &key),
    posterior: DiagonalGaussianPosterior(featureCount: 32, latentCount: 4, using: &key),
    prior: StandardNormalPrior(latentCount: 4),
    decoder: MLPDecoder(
      latentCount: 4, hidden: [32], parameterShape: Boxes.shape, using: &key),
    likelihood: BernoulliLikelihood())
}

/// - Source: Burda, Grosse and Salakhutdinov, arXiv:1509.00519, equation 8.
struct ImportanceWeighted<Model: LatentModel>: Objective {
  let model: Model
  let samples: Int
  var parts: KeyValuePairs<String, any ModulePart> { ["model": model] }

  func loss(on batch: Batch<Model.Observation>, _ context: inout Context) -> Loss {
    guard let bound = model.importanceBound(of: batch.observations, samples: samples, &context)
    else { preconditionFailure("importance weights need densities") }
    return Loss(total: -bound.mean(), terms: ["bound": bound.value])
  }
}

/// The gradient of the weighted bound without the score of q: log q is cut off from the tape, and each code's gradient scaled by its
/// normalized weight.
///
/// - Source: Tucker, Lawson, Gu and Maddison, "Doubly Reparameterized Gradient Estimators", arXiv:1810.04152, equation 8.
struct DoublyReparameterized<Model: LatentModel>: Objective {
  let model: Model
  let samples: Int
  var parts: KeyValuePairs<String, any ModulePart> { ["model": model] }

  func loss(on batch: Batch<Model.Observation>, _ context: inout Context) -> Loss {
    let weights = Weights()
    context.drawing.detachesPosteriors = true
    context.drawing.passing = { codes in
      Variable(codes.value, inputs: [codes]) { g in
        [weights.normalized.map { g * $0.reshaped(to: [g.shape[0], 1]) }]
      }
    }
    guard let logs = model.logWeights(of: batch.observations, samples: samples, &context) else {
      preconditionFailure("importance weights need densities")
    }
    let normalized = logs.detached.softmax(along: 1)
    weights.normalized = normalized.value
    let bound = logs.detached.logSumExp(along: 1) - log(Double(samples))
    return Loss(
      total: -(logs * normalized).sum(along: 1).mean(), terms: ["bound": bound.value])
  }

  private final class Weights { var normalized: Tensor? }
}

@Suite struct ImportanceWeightedTests {
  @Test func trains() throws {
    let outcome = try train(on: Boxes()) {
      ImportanceWeighted(model: try gaussianVAE(), samples: 50)
    }
    expectRise(outcome, "bound")
    #expect(outcome.kernels <= 100, "\(outcome.kernels) kernels a step")
    expectRise(
      try train(on: Boxes()) { DoublyReparameterized(model: try gaussianVAE(), samples: 5) },
      "bound")
  }

  /// More samples come nearer to log p(x), from below.
  @Test func boundsRiseWithSamples() throws {
    let (model, x) = (try gaussianVAE(), try Boxes.some().observations)
    let bounds = [1, 10, 200].map { samples in
      var context = Context.inference(RandomKey(seed: 2))
      return model.importanceBound(of: x, samples: samples, &context)?.mean().value.item ?? .nan
    }
    #expect(bounds[0] < bounds[1] && bounds[1] < bounds[2], "\(bounds)")
  }

  @Test(arguments: ObjectiveLaw.allCases.filter { $0 != .terms && $0 != .charges })
  func objectives(obey law: ObjectiveLaw) throws {
    let draw = { (count: Int, key: inout RandomKey) in key.uniform([count] + Boxes.shape) }
    try law.check(observations: draw, standsFor: .term("elbo", times: -1)) { _ in
      Bound(model: try gaussianVAE())
    }
    try law.check(observations: draw) { _ in
      ImportanceWeighted(model: try gaussianVAE(), samples: 8)
    }
    try law.check(observations: draw, standsFor: .term("bound", times: -1)) { _ in
      DoublyReparameterized(model: try gaussianVAE(), samples: 8)
    }
  }

  /// The doubly reparameterized estimator has the same mean for the encoder with less variance.
  @Test func gradientsAreLessNoisy() throws {
    let (model, batch) = (try gaussianVAE(), try Boxes.some())
    func variance(_ objective: some Objective<Batch<Tensor>>) -> Double {
      let gradients = (0..<50).map { seed in
        var context = Context.training(RandomKey(seed: UInt64(seed)))
        let loss = objective.loss(on: batch, &context).total
        return loss.gradient(withRespectTo: [model.posterior.projection.weight])[0]?.doubles ?? []
      }
      return gradients[0].indices.reduce(0) { sum, i in
        let mean = gradients.reduce(0) { $0 + $1[i] } / 50
        return sum + gradients.reduce(0) { $0 + ($1[i] - mean) * ($1[i] - mean) }
      }
    }
    let plain = variance(ImportanceWeighted(model: model, samples: 8))
    #expect(variance(DoublyReparameterized(model: model, samples: 8)) < plain)
  }
}
