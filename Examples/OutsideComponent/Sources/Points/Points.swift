import VAEZoo

/// Points of the plane around a ring: a data set of one's own.
public struct Points: Dataset {
  public typealias Observation = Tensor
  public let name: String
  public let values: [[Float]]

  public var count: Int { values.count }
  public var labels: [Int32]? { nil }
  public var classNames: [String]? { nil }

  public func subset(_ examples: [Int]) -> Points {
    Points(name: name, values: examples.map { values[$0] })
  }

  /// Points drawn at a distance from the origin, give or take some noise.
  static func ring(_ name: String, _ reading: PointDomain.Reading) -> Points {
    var key = RandomKey(seed: 0)
    let directions = key.normal([reading.count, 2]).floats
    let noise = key.normal([reading.count], deviation: reading.noise).floats
    return Points(
      name: name,
      values: (0..<reading.count).map { i in
        let (x, y) = (directions[2 * i], directions[2 * i + 1])
        let scale = (Float(reading.radius) + noise[i]) / (x * x + y * y).squareRoot()
        return [x * scale, y * scale]
      })
  }
}

/// Batches of points, in an order of their own each epoch where there is a seed.
struct PointBatches: BatchSource {
  let points: Points
  let size: Int
  let seed: UInt64?

  var exampleCount: Int { points.count }
  var batchCount: Int { (points.count + size - 1) / size }

  func batches(epoch: Int, startingAt start: Int) -> BatchIterator<Batch<Tensor>> {
    var key = RandomKey(seed: seed ?? 0).folded(with: UInt64(epoch))
    let order = seed == nil ? Array(0..<points.count) : key.permutation(points.count)
    var place = start * size
    return BatchIterator {
      let chosen = order.dropFirst(place).prefix(size)
      guard !chosen.isEmpty else { return nil }
      place += size
      let x = Tensor(chosen.flatMap { points.values[$0] }, shape: [chosen.count, 2])
      return Batch(observations: x, count: chosen.count)
    }
  }
}
