public import TensorCore

/// Points divided into clusters around the means of their members.
public struct KMeans: Sendable {
  /// The centres, float64 `[clusters, width]`.
  public let centers: Tensor
  /// The cluster of each point.
  public let clusters: [Int]
  /// The sum of the squared distances between points and their centres.
  public let inertia: Double

  /// Divides points so that inertia is small: the best of several starts.
  ///
  /// Each start seeds centres among the points, the likelier the farther a point lies from those
  /// already chosen, and moves them to the means of their members until no point changes its
  /// cluster. A cluster that loses all members restarts at the point farthest from its centre.
  ///
  /// - Parameters:
  ///   - points: Points `[count, width]`, finite.
  ///   - clusterCount: How many clusters, no more than there are points.
  ///   - starts: How many times to begin anew.
  ///   - iterations: The most moves of a start.
  ///   - key: Where the seeds come from.
  /// - Source: Lloyd, "Least squares quantization in PCM", IEEE Transactions on Information Theory
  ///   28 (1982); Arthur and Vassilvitskii, "k-means++: the advantages of careful seeding", SODA
  ///   2007.
  public init(
    _ points: Tensor, clusterCount: Int, starts: Int = 10, iterations: Int = 300,
    using key: inout RandomKey
  ) {
    precondition(
      points.shape.rank == 2 && (1...max(1, points.shape[0])).contains(clusterCount),
      "\(clusterCount) clusters of points of shape \(points.shape)")
    precondition(starts > 0, "k-means starts at least once")
    let points = points.converted(to: .float64)
    let values = points.doubles
    var best = Self(points, values, clusterCount, iterations, using: &key)
    for _ in 1..<max(1, starts) {
      let next = Self(points, values, clusterCount, iterations, using: &key)
      if next.inertia < best.inertia { best = next }
    }
    self = best
  }

  /// One start.
  private init(
    _ points: Tensor, _ values: [Double], _ clusterCount: Int, _ iterations: Int,
    using key: inout RandomKey
  ) {
    let count = points.shape[0]
    let seeds = Self.seeds(points, clusterCount, using: &key).map(Int32.init)
    var centers = points.gathered(Tensor(seeds, shape: [seeds.count]), along: 0)
    var clusters = [Int](repeating: -1, count: count)
    for _ in 0..<max(1, iterations) {
      let nearest = NearestNeighbours(centers)(of: points, count: 1).map { $0[0] }
      if nearest == clusters { break }
      clusters = nearest
      centers = Self.means(points, values, &clusters, centers)
    }
    self.centers = centers
    self.clusters = clusters
    inertia = Self.squaredDistances(points, to: centers, of: clusters).reduce(0, +)
  }

  /// k-means++: each next seed with a probability proportional to the squared distance from the
  /// nearest seed so far.
  private static func seeds(
    _ points: Tensor, _ count: Int, using key: inout RandomKey
  ) -> [Int] {
    let total = points.shape[0]
    let draws = key.uniform([count], dtype: .float64).doubles
    var seeds: [Int] = []
    var nearest = [Double](repeating: 1, count: total)
    for draw in draws {
      var remaining = draw * nearest.reduce(0, +)
      // Where all points lie on seeds, the remainder is 0 and the first point serves.
      let seed =
        nearest.firstIndex {
          remaining -= $0
          return remaining < 0
        } ?? nearest.lastIndex { $0 > 0 } ?? 0
      let center = points.sliced(along: 0, seed..<(seed + 1))
      let distances = squaredDistances(points, to: center, of: Array(repeating: 0, count: total))
      nearest = seeds.isEmpty ? distances : zip(nearest, distances).map(min)
      seeds.append(seed)
    }
    return seeds
  }

  /// The squared distance of each point from the centre of its cluster.
  private static func squaredDistances(
    _ points: Tensor, to centers: Tensor, of clusters: [Int]
  ) -> [Double] {
    let indices = Tensor(clusters, shape: [clusters.count])
    let difference = points - centers.gathered(indices, along: 0)
    return (difference * difference).sum(along: 1).doubles
  }

  /// The means of the clusters' members, after empty clusters have taken the points farthest from
  /// their centres.
  private static func means(
    _ points: Tensor, _ values: [Double], _ clusters: inout [Int], _ centers: Tensor
  ) -> Tensor {
    let (clusterCount, width) = (centers.shape[0], centers.shape[1])
    var sizes = [Int](repeating: 0, count: clusterCount)
    for cluster in clusters { sizes[cluster] += 1 }
    if sizes.contains(0) {
      let distances = squaredDistances(points, to: centers, of: clusters)
      var farthest = distances.indices.sorted { distances[$0] > distances[$1] }[...]
      for empty in sizes.indices where sizes[empty] == 0 {
        // A point that is alone in its cluster stays, or that cluster would be empty instead.
        guard let place = farthest.firstIndex(where: { sizes[clusters[$0]] > 1 }) else { break }
        let point = farthest[place]
        farthest = farthest[(place + 1)...]
        sizes[clusters[point]] -= 1
        sizes[empty] = 1
        clusters[point] = empty
      }
    }
    var sums = [Double](repeating: 0, count: clusterCount * width)
    for (point, cluster) in clusters.enumerated() {
      for i in 0..<width { sums[cluster * width + i] += values[point * width + i] }
    }
    for i in sums.indices { sums[i] /= Double(sizes[i / max(1, width)]) }
    return Tensor(sums, shape: centers.shape)
  }
}
