public import TensorCore

/// The orthogonal directions in which points vary most.
public struct PrincipalComponents: Sendable {
  /// The points' mean, float64 `[1, width]`.
  public let mean: Tensor
  /// The directions as unit rows, float64 `[components, width]`; the element farthest from 0 of
  /// each is positive.
  public let directions: Tensor
  /// The points' variance along each direction (divided by count - 1), largest first.
  public let variances: [Double]
  /// The share of each direction in the points' variance; zeros where they do not vary.
  public let shares: [Double]

  /// Finds the first `count` directions of points `[examples, width]`, or all where there are fewer.
  ///
  /// - Source: Hotelling, "Analysis of a complex of statistical variables into principal
  ///   components", Journal of Educational Psychology 24 (1933).
  public init(_ points: Tensor, count: Int) {
    precondition(
      points.shape.rank == 2 && points.shape[0] > 0, "\(points.shape) is no set of points")
    let points = points.converted(to: .float64)
    let (examples, width) = (points.shape[0], points.shape[1])
    mean = (points.sum(along: 0) * (1 / Double(examples))).reshaped(to: [1, width])
    let deviations = points - mean
    let covariance =
      deviations.matmul(deviations, transposeSelf: true) * (1 / Double(max(1, examples - 1)))
    let all = SymmetricMatrix(covariance.doubles, width: width).eigenvectors()
    let chosen = all.prefix(count)
    let total = all.reduce(0) { $0 + max(0, $1.value) }
    variances = chosen.map { max(0, $0.value) }
    shares = variances.map { total > 0 ? $0 / total : 0 }
    directions = Tensor(
      chosen.flatMap { component in
        let farthest = component.vector.max { abs($0) < abs($1) } ?? 0
        return component.vector.map { farthest < 0 ? -$0 : $0 }
      }, shape: [chosen.count, width])
  }

  /// Coordinates of points `[examples, width]` along the directions: float64
  /// `[examples, components]`.
  public func callAsFunction(_ points: Tensor) -> Tensor {
    (points.converted(to: .float64) - mean).matmul(directions, transposeOther: true)
  }
}
