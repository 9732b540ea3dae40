import Layers
import TensorCore
import VAECore
import VAETestKit

// Objectives whose total is not the loss that they minimize.

/// The distance of coins from observations, minimized through the probability of how they fell.
///
/// - Source: Williams, "Simple Statistical Gradient-Following Algorithms for Connectionist Reinforcement Learning", 1992.
struct Coins: Objective {
  let logits = Parameter(Tensor([0.3, -1, 0.5] as [Float], shape: [3]))
  /// About what three coins cost.
  let baseline = 8.0
  /// Whether it scores other coins than those that it pays for.
  var tossesAgain = false

  var parts: KeyValuePairs<String, any ModulePart> { ["logits": logits] }

  func loss(on batch: Batch<Tensor>, _ context: inout Context) -> Loss {
    let seen = context[logits].broadcast(to: batch.observations.shape)
    let chances = seen.sigmoid().value
    let coins = context.key.bernoulli(chances)
    let scored = tossesAgain ? context.key.bernoulli(chances) : coins
    let cost = Variable(batch.observations - coins).squared().sumPerExample()
    let score = seen.bernoulliLogProbability(of: scored)
    return Loss(total: (score * (cost.detached - baseline)).mean(), terms: ["cost": cost.value])
  }

  /// The mean cost over all ways in which coins fall.
  static var exact: StatedLoss<Coins> {
    .function { coins, batch, context in
      let x = Variable(batch.observations)
      let heads = context[coins.logits].sigmoid()
      return ((x - 1).squared() * heads + x.squared() * (1 - heads)).sumPerExample().mean()
    }
  }
}

/// The weighted bound whose gradient reaches the posterior through its codes alone: right for one code, and too large for several.
///
/// - Source: Roeder, Wu and Duvenaud, arXiv:1703.09194; its bias with several codes: Tucker, Lawson, Gu and Maddison,
///   arXiv:1810.04152.
struct StickingTheLanding: Objective {
  let model: MinimalVAE
  let samples: Int

  init(samples: Int, using key: inout RandomKey) throws {
    model = try minimalModel(.shape, using: &key)
    self.samples = samples
  }

  var parts: KeyValuePairs<String, any ModulePart> { ["model": model] }

  func loss(on batch: Batch<Tensor>, _ context: inout Context) -> Loss {
    context.drawing.detachesPosteriors = true
    guard let bound = model.importanceBound(of: batch.observations, samples: samples, &context)
    else { preconditionFailure("a weighted bound needs densities") }
    return Loss(total: -bound.mean(), terms: ["bound": bound.value])
  }
}
