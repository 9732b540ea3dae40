public import TensorCore

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// Points laid out in the plane so that neighbours stay neighbours: t-SNE.
///
/// Distances between far groups, and the sizes of groups, mean nothing in such a picture.
public struct TSNE: Sendable {
  /// Where each point lies, float64 `[count, 2]`, around the origin.
  public let coordinates: Tensor
  /// KL(P ‖ Q) in nats between the similarities of the points and those of the layout, every 50
  /// steps since similarities were last exaggerated, and at the end.
  public let divergences: [Double]

  /// Lays points out by gradient descent.
  ///
  /// Each step takes time that grows with the square of the number of points.
  ///
  /// The layout begins with the first two principal components, and a point is similar to its
  /// nearest neighbours only, three times the perplexity of them; what pushes points apart is
  /// summed over all pairs.
  ///
  /// - Parameters:
  ///   - points: Points `[count, width]`, finite.
  ///   - perplexity: How many neighbours count, smoothly: at least one, and at most a third of
  ///     the other points.
  ///   - steps: Steps of the descent; similarities are exaggerated during the first quarter.
  ///   - key: Where the noise comes from that tells equal coordinates apart.
  ///   - progress: Called before each step with its number, counted from 0.
  /// - Source: van der Maaten and Hinton, "Visualizing data using t-SNE", Journal of Machine
  ///   Learning Research 9 (2008); nearest neighbours as in van der Maaten, "Accelerating t-SNE",
  ///   15 (2014), section 4.1; beginning and rate as in Kobak and Berens, "The art of using t-SNE",
  ///   Nature Communications 10 (2019).
  public init(
    _ points: Tensor, perplexity: Double = 30, steps: Int = 1000, using key: inout RandomKey,
    progress: (Int) -> Void = { _ in }
  ) {
    let count = points.shape[0]
    guard count > 2 else {
      coordinates = Tensor((0..<(2 * count)).map { $0 == 2 ? 1 : 0 }, shape: [count, 2])
      divergences = []
      return
    }
    let similarities = Similarities(
      points.converted(to: .float64), perplexity: max(1, min(perplexity, Double(count - 1) / 3)))
    var layout = Layout(beginning: points, using: &key)
    var divergences: [Double] = []
    let exaggerated = steps / 4
    for step in 0..<steps {
      progress(step)
      let isEarly = step < exaggerated
      let divergence = layout.step(
        similarities, exaggeration: isEarly ? 12 : 1, momentum: isEarly ? 0.5 : 0.8)
      if !isEarly && (step - exaggerated).isMultiple(of: 50) || step == steps - 1 {
        divergences.append(divergence)
      }
    }
    coordinates = layout.coordinates
    self.divergences = divergences
  }
}

/// How similar points are: for the pairs that are similar at all, twice the joint probability p.
private struct Similarities {
  var first: [Int] = []
  var second: [Int] = []
  var weights: [Double] = []
  /// Σ p log p over all ordered pairs.
  var negativeEntropy = 0.0

  init(_ points: Tensor, perplexity: Double) {
    let count = points.shape[0]
    let neighbourCount = min(count - 1, Int((3 * perplexity).rounded(.up)))
    let neighbours = NearestNeighbours(points)(
      of: points, count: neighbourCount, excludesItself: true)
    var pairs: [(place: Int, weight: Double)] = []
    for (point, places) in neighbours.enumerated() {
      let indices = Tensor(places, shape: [places.count])
      let difference =
        points.gathered(indices, along: 0) - points.sliced(along: 0, point..<(point + 1))
      let distances = (difference * difference).sum(along: 1).doubles
      let shares = Self.shares(distances, perplexity: perplexity)
      for (place, share) in zip(places, shares) {
        pairs.append((min(place, point) * count + max(place, point), share / Double(count)))
      }
    }
    pairs.sort { $0.place < $1.place }
    var last = -1
    for pair in pairs {
      if pair.place == last {
        weights[weights.count - 1] += pair.weight
      } else {
        first.append(pair.place / count)
        second.append(pair.place % count)
        weights.append(pair.weight)
        last = pair.place
      }
    }
    negativeEntropy = weights.reduce(0) { $1 > 0 ? $0 + $1 * log($1 / 2) : $0 }
  }

  /// Gaussian weights of neighbours at these squared distances, of the width that gives the
  /// perplexity, found by bisection.
  private static func shares(_ distances: [Double], perplexity: Double) -> [Double] {
    let least = distances.min() ?? 0
    let mean = distances.reduce(0) { $0 + $1 - least } / Double(max(1, distances.count))
    // Where all neighbours are equally far, so are their weights equal, whatever the width.
    var (low, high, precision) = (0.0, Double.infinity, mean > 0 ? 1 / mean : 1)
    var shares: [Double] = []
    for _ in 0..<100 {
      shares = distances.map { exp(-precision * ($0 - least)) }
      let sum = shares.reduce(0, +)
      shares = shares.map { $0 / sum }
      let entropy = shares.reduce(0) { $1 > 0 ? $0 - $1 * log($1) : $0 }
      let excess = entropy - log(perplexity)
      if abs(excess) < 1e-6 { break }
      if excess > 0 { low = precision } else { high = precision }
      precision = high == .infinity ? precision * 2 : (low + high) / 2
    }
    return shares
  }
}

/// Positions in the plane that move step by step.
private struct Layout {
  private let count: Int
  private var positions: [Double]
  private var velocity: [Double]
  private var gains: [Double]
  private let rate: Double

  /// The first two principal components, the first with a deviation of 1e-4, and a little noise.
  init(beginning points: Tensor, using key: inout RandomKey) {
    count = points.shape[0]
    let components = PrincipalComponents(points, count: 2)
    let coordinates = components(points)
    let deviation = components.variances.first?.squareRoot() ?? 0
    let scaled = coordinates * (deviation > 0 ? 1e-4 / deviation : 0)
    let missing = 2 - scaled.shape[1]
    positions = zip(
      scaled.padded(along: 1, before: 0, after: missing).doubles,
      key.normal([count, 2], deviation: 1e-6, dtype: .float64).doubles
    ).map { $0 + $1 }
    velocity = Array(repeating: 0, count: 2 * count)
    gains = Array(repeating: 1, count: 2 * count)
    // The usual least rate would throw few points apart without end.
    rate = min(max(50, Double(count) / 48), Double(count) / 4)
  }

  var coordinates: Tensor { Tensor(positions, shape: [count, 2]) }

  /// Goes one step downhill; returns the divergence where it began.
  mutating func step(
    _ similarities: Similarities, exaggeration: Double, momentum: Double
  ) -> Double {
    let (repulsion, total) = repulsion()
    var gradient = repulsion.map { -4 * $0 / total }
    var attraction = 0.0
    for pair in similarities.weights.indices {
      let (i, j) = (2 * similarities.first[pair], 2 * similarities.second[pair])
      let (x, y) = (positions[i] - positions[j], positions[i + 1] - positions[j + 1])
      let closeness = 1 / (1 + x * x + y * y)
      let weight = similarities.weights[pair]
      attraction += weight * log(closeness)
      // Each of the two has half of the pair's weight.
      let force = 2 * exaggeration * weight * closeness
      gradient[i] += force * x
      gradient[i + 1] += force * y
      gradient[j] -= force * x
      gradient[j + 1] -= force * y
    }
    for i in gradient.indices {
      gains[i] = gradient[i] * velocity[i] < 0 ? gains[i] + 0.2 : max(0.01, gains[i] * 0.8)
      velocity[i] = momentum * velocity[i] - rate * gains[i] * gradient[i]
      positions[i] += velocity[i]
    }
    center()
    return similarities.negativeEntropy - attraction + log(total)
  }

  /// Σⱼ (1 + d²)⁻² (yᵢ - yⱼ) for each point, row-major, and Σ (1 + d²)⁻¹ over the pairs of different
  /// points.
  private func repulsion() -> (forces: [Double], total: Double) {
    let all = Tensor(positions.map(Float.init), shape: [count, 2])
    let squares = (all * all).sum(along: 1)
    let one = Tensor(1)
    var (forces, total) = ([Double](), 0.0)
    forces.reserveCapacity(positions.count)
    let rows = 256
    for start in stride(from: 0, to: count, by: rows) {
      let range = start..<min(start + rows, count)
      let own = all.sliced(along: 0, range)
      let ownSquares = squares.sliced(along: 0, range).reshaped(to: [-1, 1]) + 1
      let closeness =
        one
        / (own.matmul(all, transposeOther: true) * -2 + squares.reshaped(to: [1, -1]) + ownSquares)
      total += closeness.sum(along: 1).doubles.reduce(0, +) - Double(range.count)
      let squared = closeness * closeness
      forces +=
        (own * squared.sum(along: 1).reshaped(to: [-1, 1]) - squared.matmul(all)).doubles
    }
    return (forces, max(total, .leastNormalMagnitude))
  }

  private mutating func center() {
    for axis in 0..<2 {
      let places = stride(from: axis, to: positions.count, by: 2)
      let mean = places.reduce(0) { $0 + positions[$1] } / Double(count)
      for i in places { positions[i] -= mean }
    }
  }
}
