internal import Foundation
internal import Layers
internal import TensorCore

/// Points with weights, over which a density of one or two coordinates is summed.
///
/// Where every sample is a whole number the points are the whole numbers; otherwise they cover the
/// real line, or the part of it that `accepts` allows, densely around the samples and thinly out to
/// where nothing is left.
struct Quadrature {
  let points: Tensor
  let weights: [Double]

  init(samples: Tensor, accepts: (Double) -> Bool) {
    let dimensions = samples.shape[1]
    let columns = (0..<dimensions).map { samples.sliced(along: 1, $0..<($0 + 1)).doubles.sorted() }
    let discrete = columns.joined().allSatisfy { $0 == $0.rounded() }
    let count = dimensions == 1 ? 801 : 161
    let axes = columns.map { column in
      discrete ? Axis(wholeNumbersAround: column) : Axis(around: column, count, accepts: accepts)
    }
    var rows: [[Double]] = [[]]
    var weights = [1.0]
    for axis in axes {
      let allowed = axis.nodes.filter { accepts($0.point) }
      rows = rows.flatMap { row in allowed.map { row + [$0.point] } }
      weights = weights.flatMap { weight in allowed.map { weight * $0.weight } }
    }
    points = Tensor(rows.flatMap { $0 }, shape: [rows.count, dimensions]).converted(to: .float32)
    self.weights = weights
  }

  /// Points along one coordinate.
  private struct Axis {
    var nodes: [(point: Double, weight: Double)] = []

    init(wholeNumbersAround samples: [Double]) {
      let (low, high) = (samples[0], samples[samples.count - 1])
      let margin = 10 + 2 * (high - low)
      for point in stride(from: low - margin, through: high + margin, by: 1) {
        nodes.append((point, 1))
      }
    }

    init(around samples: [Double], _ count: Int, accepts: (Double) -> Bool) {
      let n = samples.count
      let center = samples[n / 2]
      let scale = max((samples[n * 9 / 10] - samples[n / 10]) / 2.5, 1e-3)
      let (low, high) = (
        Axis.edge(from: center, by: -1e3 * scale, accepts),
        Axis.edge(from: center, by: 1e3 * scale, accepts)
      )
      if let low, let high {
        add(count, from: 0, to: 1) { (low + (high - low) * $0, high - low) }
      } else if let low {
        add(count, from: -15, to: 7) { (low + scale * exp($0), scale * exp($0)) }
      } else if let high {
        add(count, from: -15, to: 7) { (high - scale * exp($0), scale * exp($0)) }
      } else {
        add(count, from: -7.6, to: 7.6) { (center + scale * sinh($0), scale * cosh($0)) }
      }
    }

    /// The midpoint rule in a variable t, of which `map` gives the coordinate and its derivative.
    private mutating func add(
      _ count: Int, from low: Double, to high: Double, _ map: (Double) -> (Double, Double)
    ) {
      let step = (high - low) / Double(count)
      for i in 0..<count {
        let (point, slope) = map(low + (Double(i) + 0.5) * step)
        nodes.append((point, slope * step))
      }
    }

    /// Where acceptance ends on the way from a point; nil where it does not.
    private static func edge(
      from center: Double, by far: Double, _ accepts: (Double) -> Bool
    ) -> Double? {
      guard !accepts(center + far) else { return nil }
      var (inside, outside) = (center, center + far)
      for _ in 0..<80 {
        let middle = (inside + outside) / 2
        if accepts(middle) { inside = middle } else { outside = middle }
      }
      return inside
    }
  }
}
