public import Layers
public import TensorCore
public import VAECore

/// One code of each observation, a linear map of its features: what makes an autoencoder of a variational one.
///
/// A point has no density, so that there is no bound; the objective "reconstruction" trains such models.
public struct PointPosterior: Posterior {
  public let featureCount: Int
  public let latentCount: Int
  /// Features to the code, `[latentCount, featureCount]`.
  public let projection: Dense

  public init(
    featureCount: Int, latentCount: Int, initializer: Initializer = .pytorch,
    using key: inout RandomKey
  ) {
    self.featureCount = featureCount
    self.latentCount = latentCount
    projection = Dense(featureCount, latentCount, initializer: initializer, using: &key)
  }

  public var parts: KeyValuePairs<String, any ModulePart> { ["projection": projection] }

  public func callAsFunction(_ features: Variable, _ context: inout Context) -> Point {
    Point(projection(features, &context))
  }
}
