public import Layers
public import TensorCore
public import VAECore

/// A Gaussian at each place of a grid of features, `[height, width, channels]`: a convolution of 1x1 gives μ and log σ² of the codes
/// there, `[height, width, latentChannels]`.
///
/// - Source: Rombach et al., "High-Resolution Image Synthesis with Latent Diffusion Models", arXiv:2112.10752, section 3.1.
public struct GridGaussianPosterior: Posterior {
  public let featureShape: Shape
  public let codeShape: Shape
  /// Features to μ and log σ².
  public let projection: Conv2D

  /// Throws where features are no grid.
  public init(
    featureShape: Shape, latentChannels: Int, initializer: Initializer = .pytorch,
    using key: inout RandomKey
  ) throws(CompositionError) {
    guard featureShape.rank == 3 else {
      throw CompositionError(
        incompatible:
          "it reads a grid of features [height, width, channels], and the encoder gives \(featureShape); "
          + "choose one that gives grids, as {name: conv, grid: true}")
    }
    self.featureShape = featureShape
    codeShape = [featureShape[0], featureShape[1], latentChannels]
    projection = Conv2D(
      featureShape[2], 2 * latentChannels, kernel: 1, initializer: initializer, using: &key)
  }

  public var featureCount: Int { featureShape.count }
  public var latentCount: Int { codeShape.count }

  public var parts: KeyValuePairs<String, any ModulePart> { ["projection": projection] }

  public func callAsFunction(_ features: Variable, _ context: inout Context) -> DiagonalGaussian {
    let halves = projection(features, &context)
      .split(along: 3, sizes: [codeShape[2], codeShape[2]])
    return DiagonalGaussian(mean: halves[0], logVariance: halves[1])
  }
}
