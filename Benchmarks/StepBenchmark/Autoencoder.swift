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
    let parameters = features.split(along: 1, sizes: [latent, latent])
    let (codes, kl) = parameters[0].reparameterizedWithDivergence(
      logVariance: parameters[1], noise: context.key.normal(parameters[0].shape))
    return (codes, kl)
  }
}
