public import TensorCore

/// Points among which the nearest to others are found, exactly.
public struct NearestNeighbours: Sendable {
  /// The points, less their mean: distances stay the same and rounding shrinks.
  private let points: Tensor
  private let mean: Tensor
  /// Half the squared length of each point.
  private let halfSquares: [Double]

  /// Points `[count, width]`, float32 or float64.
  public init(_ points: Tensor) {
    precondition(
      points.shape.rank == 2 && points.shape[0] > 0, "\(points.shape) is no set of points")
    mean = (points.sum(along: 0) * (1 / Double(points.shape[0]))).reshaped(to: [1, -1])
    self.points = points - mean
    halfSquares = ((self.points * self.points).sum(along: 1) * 0.5).doubles
  }

  /// How many points there are.
  public var count: Int { points.shape[0] }

  /// Finds the `count` nearest points to each query `[queries, width]`.
  ///
  /// - Parameters:
  ///   - queries: Points of the same width and format.
  ///   - wanted: How many neighbours each query gets, no more than there are points.
  ///   - excludesItself: Whether the queries are the points, in their order, and a point is no
  ///     neighbour of its own.
  /// - Returns: The neighbours' places, nearest first; of those that are equally near, up to
  ///   rounding, the first comes first.
  public func callAsFunction(
    of queries: Tensor, count wanted: Int, excludesItself: Bool = false
  ) -> [[Int]] {
    let available = excludesItself ? count - 1 : count
    precondition(
      (1...max(1, available)).contains(wanted), "\(wanted) neighbours among \(available) points")
    let (rows, columns) = (512, 8192)
    return stride(from: 0, to: queries.shape[0], by: rows).flatMap { start in
      let end = min(start + rows, queries.shape[0])
      let block = queries.sliced(along: 0, start..<end) - mean
      var nearest = (start..<end).map {
        Nearest(count: wanted, excluded: excludesItself ? $0 : nil)
      }
      for first in stride(from: 0, to: count, by: columns) {
        let last = min(first + columns, count)
        let products = block.matmul(
          points.sliced(along: 0, first..<last), transposeOther: true
        ).doubles
        for row in nearest.indices {
          let inner = products[(row * (last - first))..<((row + 1) * (last - first))]
          nearest[row].add(inner, halfSquares: halfSquares, from: first)
        }
      }
      return nearest.map(\.places)
    }
  }
}

/// The nearest points to one query seen so far.
private struct Nearest {
  let count: Int
  let excluded: Int?
  var places: [Int] = []
  /// |point|² / 2 - query · point: it grows with the distance.
  private var distances: [Double] = []

  init(count: Int, excluded: Int?) {
    (self.count, self.excluded) = (count, excluded)
  }

  mutating func add(_ inner: ArraySlice<Double>, halfSquares: [Double], from first: Int) {
    var place = first
    for product in inner {
      let distance = halfSquares[place] - product
      // A distance that is NaN is never smaller; it fills the list while nothing else does.
      if places.count < count || distance < distances[count - 1], place != excluded {
        insert(place, distance.isNaN ? .infinity : distance)
      }
      place += 1
    }
  }

  private mutating func insert(_ place: Int, _ distance: Double) {
    if places.count == count {
      places.removeLast()
      distances.removeLast()
    }
    let at = distances.lastIndex { $0 <= distance }.map { $0 + 1 } ?? 0
    places.insert(place, at: at)
    distances.insert(distance, at: at)
  }
}
