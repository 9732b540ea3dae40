import GaussianFamily
import ImportanceWeightedObjective
import Layers
import TensorCore
import Testing
import VAECore
import VAETestKit

// K codes an example in one pass, with log q and log p of each; the encoder runs once.

@Suite struct ImportanceWeightedTests {
  @Test func trains() throws {
    let outcome = try train(on: Boxes()) {
      try ImportanceWeighted(gaussianVAE(), samples: 50)
    }
    expectRise(outcome, "bound")
    #expect(outcome.kernels <= 100, "\(outcome.kernels) kernels a step")
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
  func surrogates(obey law: ObjectiveLaw) throws {
    let draw = { (count: Int, key: inout RandomKey) in key.uniform([count] + Boxes.shape) }
    try law.check(observations: draw, standsFor: .term("elbo", times: -1)) { _ in
      Bound(model: try gaussianVAE())
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
    let plain = variance(try ImportanceWeighted(model, samples: 8))
    let doubly = variance(
      try ImportanceWeighted(model, samples: 8, gradient: .doublyReparameterized))
    #expect(doubly < plain)
  }
}
