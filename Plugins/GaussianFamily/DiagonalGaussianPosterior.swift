public import Layers
public import TensorCore
public import VAECore

/// N(μ(x), diag σ²(x)): a linear map of the features gives μ and log σ².
///
/// - Source: Kingma and Welling, arXiv:1312.6114, section 3.
public struct DiagonalGaussianPosterior: Posterior {
  public let featureCount: Int
  public let latentCount: Int
  /// Features to μ and log σ², `[2 latentCount, featureCount]`.
  public let projection: Dense

  public init(
    featureCount: Int, latentCount: Int, initializer: Initializer = .pytorch,
    using key: inout RandomKey
  ) {
    self.featureCount = featureCount
    self.latentCount = latentCount
    projection = Dense(featureCount, 2 * latentCount, initializer: initializer, using: &key)
  }

  public var parts: KeyValuePairs<String, any ModulePart> { ["projection": projection] }

  public func callAsFunction(_ features: Variable, _ context: inout Context) -> DiagonalGaussian {
    let parameters = projection(features, &context)
      .split(along: 1, sizes: [latentCount, latentCount])
    return DiagonalGaussian(mean: parameters[0], logVariance: parameters[1])
  }
}
