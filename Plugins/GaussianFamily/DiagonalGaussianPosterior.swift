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

  public init(featureCount: Int, latentCount: Int, using key: inout RandomKey) {
    self.featureCount = featureCount
    self.latentCount = latentCount
    projection = Dense(featureCount, 2 * latentCount, using: &key)
  }

  public var parts: KeyValuePairs<String, any ModulePart> { ["projection": projection] }

  public func callAsFunction(_ features: Variable, _ context: inout Context) -> DiagonalGaussian {
    let parameters = projection(features, &context)
      .split(along: 1, sizes: [latentCount, latentCount])
    return DiagonalGaussian(mean: parameters[0], logVariance: parameters[1])
  }
}

/// A batch of Gaussians with independent coordinates.
public struct DiagonalGaussian: CodeDistribution {
  /// μ, `[batch, latentCount]`.
  public let mean: Variable
  /// log σ², `[batch, latentCount]`.
  public let logVariance: Variable
  private let known = Known()

  /// What the first sample's pass, or a question, has worked out.
  private final class Known {
    var divergence: Variable?
  }

  public init(mean: Variable, logVariance: Variable) {
    self.mean = mean
    self.logVariance = logVariance
  }

  public func sample(using key: inout RandomKey) -> Variable {
    let noise = key.normal(mean.shape, dtype: mean.dtype)
    guard known.divergence == nil else {
      return mean.reparameterized(logVariance: logVariance, noise: noise)
    }
    let (sample, divergence) = mean.reparameterizedWithDivergence(
      logVariance: logVariance, noise: noise)
    known.divergence = divergence
    return sample
  }

  /// KL(q ‖ N(0, I)) in nats: `[batch]`.
  ///
  /// A sample's pass works it out as well, so that it costs nothing once one has been drawn.
  public var divergenceFromStandardNormal: Variable {
    if let divergence = known.divergence { return divergence }
    let divergence = mean.gaussianDivergenceFromStandard(logVariance: logVariance)
    known.divergence = divergence
    return divergence
  }

  public func logProbability(of codes: Variable) -> Variable {
    let squares = (codes - mean).squared() * (-logVariance).exp()
    let constant = 1.8378770664093453  // log 2π
    return (squares + logVariance + constant).sumPerExample() * -0.5
  }
}
