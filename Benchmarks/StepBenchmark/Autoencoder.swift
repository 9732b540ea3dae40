import Layers
import TensorCore

/// A model with a diagonal Gaussian in its middle.
protocol Autoencoder: Module {
  /// The negative of a lower bound of the log evidence in nats, averaged over the batch.
  func loss(on batch: Tensor, _ context: inout Context) -> Variable
  /// The products of one training step: forward, and backward without the gradient of the observations.
  func products(batch: Int) -> [LayerProduct]
}

extension Autoencoder {
  /// Codes for the features, mean and log variance side by side, and their divergence.
  func sample(_ features: Variable, _ context: inout Context) -> (codes: Variable, kl: Variable) {
    let latent = features.shape[1] / 2
    let mean = features.sliced(along: 1, 0..<latent)
    let logVariance = features.sliced(along: 1, latent..<(2 * latent))
    let codes = mean.reparameterized(
      logVariance: logVariance, noise: context.key.normal(mean.shape))
    return (codes, mean.gaussianDivergenceFromStandard(logVariance: logVariance))
  }
}
