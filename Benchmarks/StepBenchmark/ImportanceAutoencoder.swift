import BernoulliFamily
import GaussianFamily
import Layers
import MLPComponents
import TensorCore
import VAECore

/// 784-200-200-50-200-200-784 with 50 codes an example, whose weighted average bounds the evidence: composed of the library's parts.
///
/// - Source: Burda, Grosse and Salakhutdinov, "Importance weighted autoencoders", arXiv:1509.00519: the model with one
///   stochastic layer.
struct ImportanceAutoencoder: Autoencoder {
  static let (latentCount, codeCount) = (50, 50)
  typealias Model = VAE<
    MLPEncoder, DiagonalGaussianPosterior, StandardNormalPrior, MLPDecoder, BernoulliLikelihood
  >
  let model: Model

  init(using key: inout RandomKey) {
    let latentCount = Self.latentCount
    do {
      model = try VAE(
        encoder: MLPEncoder(
          observationShape: [784], hidden: [200, 200], activation: .tanh, using: &key),
        posterior: DiagonalGaussianPosterior(
          featureCount: 200, latentCount: latentCount, using: &key),
        prior: StandardNormalPrior(latentCount: latentCount),
        decoder: MLPDecoder(
          latentCount: latentCount, hidden: [200, 200], parameterShape: [784], activation: .tanh,
          using: &key),
        likelihood: BernoulliLikelihood())
    } catch { preconditionFailure("the benchmark's parts do not fit: \(error)") }
  }

  var parts: KeyValuePairs<String, any ModulePart> { ["model": model] }

  /// The negative of the bound of 50 weighted codes.
  func loss(on batch: Tensor, _ context: inout Context) -> Variable {
    guard let bound = model.importanceBound(of: batch, samples: Self.codeCount, &context) else {
      preconditionFailure("the benchmark's model has densities")
    }
    return -bound.mean()
  }

  func products(batch: Int) -> [LayerProduct] {
    let weights = namedParameters.map(\.parameter.shape).filter { $0.rank == 2 }
    var products = weights.enumerated().map { i, weight in
      // The encoder sees an example once, the decoder each of its codes.
      LayerProduct(weight, input: [i < 3 ? batch : batch * Self.codeCount, weight[1]])
    }
    products[0].gradients = .weight
    return products
  }
}
