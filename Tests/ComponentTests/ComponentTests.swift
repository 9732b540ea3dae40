import BernoulliFamily
import ELBOObjective
import GaussianFamily
import Layers
import MLPComponents
import TensorCore
import Testing
import VAECore

@Test func gradientDescentLowersTheLoss() throws {
  var key = RandomKey(seed: 1)
  let model = try VAE(
    encoder: MLPEncoder(observationShape: [4, 4, 1], hidden: [32], using: &key),
    posterior: DiagonalGaussianPosterior(featureCount: 32, latentCount: 2, using: &key),
    prior: StandardNormalPrior(latentCount: 2),
    decoder: MLPDecoder(latentCount: 2, hidden: [32], parameterShape: [4, 4, 1], using: &key),
    likelihood: BernoulliLikelihood())
  let x = key.bernoulli(Tensor(repeating: 0.3, shape: [8, 4, 4, 1]))
  let objective = ELBO(model)
  var losses: [Double] = []
  for _ in 0..<200 {
    var context = Context.training(key.split())
    let loss = objective.loss(on: Batch(observations: x, count: 8), &context)
    let parameters = objective.trainableParameters
    for (p, g) in zip(parameters, loss.total.gradient(withRespectTo: parameters)) {
      if let g { p.value = p.value - g * 0.05 }
    }
    losses.append(loss.total.value.item)
  }
  let early = losses.prefix(10).reduce(0, +)
  let late = losses.suffix(10).reduce(0, +)
  #expect(late < 0.8 * early)
}
