public import TensorCore

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// A density that is a weighted sum of Gaussians, fitted to points.
public struct GaussianMixture: Sendable {
  /// Which covariances the Gaussians have.
  public enum Covariance: String, Sendable, Hashable, Codable, CaseIterable {
    /// A variance for each coordinate.
    case diagonal
    /// Any covariance.
    case full
  }

  /// The components' shares of the density; they add up to 1.
  public let weights: [Double]
  /// The components' means, float64 `[components, width]`.
  public let means: Tensor
  /// The component most likely behind each point.
  public let clusters: [Int]
  /// The mean log density of a point in nats, before each step.
  public let logLikelihoods: [Double]

  /// Fits a mixture by expectation maximization, from the clusters that k-means finds.
  ///
  /// - Parameters:
  ///   - points: Points `[count, width]`, finite.
  ///   - componentCount: How many Gaussians, no more than there are points.
  ///   - covariance: Which covariances they have.
  ///   - regularization: What is added to every variance, in squared units of the points, so that
  ///     none vanishes.
  ///   - iterations: The most steps.
  ///   - tolerance: Steps end when the mean log density rises by less, in nats.
  ///   - key: Where k-means takes its seeds from.
  /// - Source: Dempster, Laird and Rubin, "Maximum likelihood from incomplete data via the EM
  ///   algorithm", Journal of the Royal Statistical Society B 39 (1977).
  public init(
    _ points: Tensor, componentCount: Int, covariance: Covariance = .full,
    regularization: Double = 1e-6, iterations: Int = 200, tolerance: Double = 1e-4,
    using key: inout RandomKey
  ) {
    let points = points.converted(to: .float64)
    let start = KMeans(points, clusterCount: componentCount, using: &key)
    let indices = Tensor(start.clusters, shape: [start.clusters.count])
    var shares = Tensor.oneHot(indices, count: componentCount, dtype: .float64)
    var components: [Component] = []
    var history: [Double] = []
    repeat {
      components = (0..<componentCount).map {
        Component(
          points, shares: shares.sliced(along: 1, $0..<($0 + 1)), covariance: covariance,
          regularization: regularization)
      }
      let step = Self.expectation(points, components)
      shares = step.shares
      history.append(step.logLikelihood)
    } while history.count < iterations
      && (history.count < 2 || history[history.count - 1] - history[history.count - 2] >= tolerance)
    weights = components.map(\.weight)
    means = Tensor.concatenated(components.map(\.mean), along: 0)
    clusters = shares.maximum(along: 1).index.integers.map(Int.init)
    logLikelihoods = history
  }

  /// The probability of each component for each point, `[count, components]`, and the mean log
  /// density of a point.
  private static func expectation(
    _ points: Tensor, _ components: [Component]
  ) -> (shares: Tensor, logLikelihood: Double) {
    let logs = Variable.concatenated(
      components.map { Variable($0.logDensities(of: points)) }, along: 1)
    let total = logs.logSumExp(along: 1)
    return ((logs - total.expanded(at: 1)).exp().value, total.mean().value.item)
  }
}

/// One weighted Gaussian.
private struct Component {
  let weight: Double
  /// `[1, width]`.
  let mean: Tensor
  /// What makes deviations from the mean standard normal: one row of factors, or the inverse of the
  /// covariance's lower Cholesky factor.
  private let whitening: Tensor
  /// log weight - log √|2π covariance|.
  private let logFactor: Double

  /// The most likely component where each point belongs to it to the extent of `shares`,
  /// `[count, 1]`.
  init(
    _ points: Tensor, shares: Tensor, covariance: GaussianMixture.Covariance,
    regularization: Double
  ) {
    let (count, width) = (points.shape[0], points.shape[1])
    // The least number keeps a component that has lost every point from dividing by zero.
    let size = shares.sum().item + 1e-300
    weight = size / Double(count)
    mean = shares.matmul(points, transposeSelf: true) * (1 / size)
    let deviations = points - mean
    var logDeterminant = 0.0
    switch covariance {
    case .diagonal:
      let variances = shares.matmul(deviations * deviations, transposeSelf: true) * (1 / size)
      let factors = variances.doubles.map { 1 / ($0 + regularization).squareRoot() }
      whitening = Tensor(factors, shape: [1, width])
      for factor in factors { logDeterminant -= 2 * log(factor) }
    case .full:
      let weighted = deviations * shares
      let covariances = weighted.matmul(deviations, transposeSelf: true) * (1 / size)
      let factor = SymmetricMatrix(
        covariances.doubles, width: width, addingToDiagonal: regularization
      )
      .inverseCholesky()
      whitening = Tensor(factor, shape: [width, width])
      for i in 0..<width { logDeterminant -= 2 * log(factor[i * width + i]) }
    }
    logFactor = log(weight) - 0.5 * (logDeterminant + Double(width) * log(2 * Double.pi))
  }

  /// The log of the weighted density at each point, `[count, 1]`.
  func logDensities(of points: Tensor) -> Tensor {
    let deviations = points - mean
    let normal =
      whitening.shape[0] == 1 && points.shape[1] != 1
      ? deviations * whitening : deviations.matmul(whitening, transposeOther: true)
    return ((normal * normal).sum(along: 1) * -0.5 + logFactor).reshaped(to: [-1, 1])
  }
}
