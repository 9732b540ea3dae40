import Foundation
import Layers
import TensorCore

/// 784-200-200-50-200-200-784 with 50 codes an example, whose weighted average bounds the evidence.
///
/// - Source: Burda, Grosse and Salakhutdinov, "Importance weighted autoencoders", arXiv:1509.00519: the model with one
///   stochastic layer.
struct ImportanceAutoencoder: Autoencoder {
  static let (latentCount, codeCount) = (50, 50)
  let encoder, decoder: [Dense]
  let code, logits: Dense

  init(using key: inout RandomKey) {
    let latentCount = Self.latentCount
    encoder = Dense.chain([784, 200, 200], activation: .tanh, using: &key)
    code = Dense(200, 2 * latentCount, using: &key)
    decoder = Dense.chain([latentCount, 200, 200], activation: .tanh, using: &key)
    logits = Dense(200, 784, using: &key)
  }

  var parts: KeyValuePairs<String, any ModulePart> {
    ["encoder": encoder, "code": code, "decoder": decoder, "logits": logits]
  }

  /// -log of the mean over the codes z of p(x | z) p(z) / q(z | x).
  ///
  /// The encoder sees an example once, the decoder each of its codes.
  func loss(on batch: Tensor, _ context: inout Context) -> Variable {
    let (count, codeCount, latentCount) = (batch.shape[0], Self.codeCount, Self.latentCount)
    let features = code(through(encoder, Variable(batch), &context), &context).expanded(at: 1)
    let mean = features.sliced(along: 2, 0..<latentCount)
    let logVariance = features.sliced(along: 2, latentCount..<(2 * latentCount))
    let noise = Variable(context.key.normal([count, codeCount, latentCount]))
    let codes = mean + (0.5 * logVariance).exp() * noise
    // log p(z) - log q(z | x), where (z - mean) / deviation is the noise.
    let priorOverPosterior =
      0.5 * (noise.squared() - codes.squared() + logVariance).sum(along: 2)

    let rows = codes.reshaped(to: [count * codeCount, latentCount])
    let images = Variable(batch).expanded(at: 1).broadcast(to: [count, codeCount, 784]).value
    let likelihood = logits(through(decoder, rows, &context), &context)
      .bernoulliLogProbability(of: images.reshaped(to: [count * codeCount, 784]))
      .reshaped(to: [count, codeCount])
    let bound = (likelihood + priorOverPosterior).logSumExp(along: 1) - log(Double(codeCount))
    return -bound.mean()
  }

  private func through(
    _ layers: [Dense], _ x: Variable, _ context: inout Context
  ) -> Variable {
    layers.reduce(x) { $1($0, &context) }
  }

  func products(batch: Int) -> [LayerProduct] {
    func product(_ layer: Dense, rows: Int) -> LayerProduct {
      LayerProduct(layer.weight.shape, input: [rows, layer.weight.shape[1]])
    }
    var products = (encoder + [code]).map { product($0, rows: batch) }
    products[0].gradients = .weight
    return products + (decoder + [logits]).map { product($0, rows: batch * Self.codeCount) }
  }
}
