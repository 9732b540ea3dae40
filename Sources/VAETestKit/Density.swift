internal import Foundation
internal import Layers
internal import TensorCore

/// A distribution that can be sampled and evaluated, over one or two coordinates.
struct DensityCheck {
  /// What it is, for evidence.
  let name: String
  /// Many samples, `[count, coordinates]`.
  let samples: Tensor
  /// Whether it gives a coordinate of this value a meaning.
  let accepts: (Double) -> Bool
  /// log p of each row of `[count, coordinates]`.
  let logProbability: (Tensor) -> Tensor

  /// Probabilities sum to one.
  func checkNormalization() throws {
    let quadrature = Quadrature(samples: samples, accepts: accepts)
    let logs = logProbability(quadrature.points).doubles
    let mass = zip(logs, quadrature.weights).map { exp($0) * $1 }.reduce(0, +)
    guard abs(mass - 1) < 0.01 else {
      throw Finding("\(name): the probabilities add up to \(mass), not to 1")
    }
  }

  /// Samples are distributed as log p says: mean, square and log p agree with the sums over the
  /// density.
  func checkSampling() throws {
    let quadrature = Quadrature(samples: samples, accepts: accepts)
    let logs = logProbability(quadrature.points).doubles
    let masses = zip(logs, quadrature.weights).map { exp($0) * $1 }
    let total = masses.reduce(0, +)
    func compare(_ what: String, _ seen: [Double], _ expected: [Double]) throws {
      // Where there is no mass log p may be -infinity, which counts nothing.
      let products = zip(masses, expected).map { mass, value in mass > 0 ? mass * value : 0 }
      let exact = products.reduce(0, +) / total
      let (mean, error) = average(seen)
      guard abs(mean - exact) <= 5 * error + 2e-3 * (1 + abs(exact)) else {
        throw Finding(
          "\(name): over \(seen.count) samples the mean of \(what) is \(mean) ± \(error), "
            + "but log p makes it \(exact)")
      }
    }
    try compare("log p", logProbability(samples).doubles, logs)
    for i in 0..<samples.shape[1] {
      let (mine, nodes) = (column(samples, i), column(quadrature.points, i))
      try compare("coordinate \(i)", mine, nodes)
      try compare("the square of coordinate \(i)", mine.map { $0 * $0 }, nodes.map { $0 * $0 })
    }
  }

  /// The stated mean is that of the samples.
  func checkMean(_ stated: [Double]) throws {
    for (i, mean) in stated.enumerated() {
      let (seen, error) = average(column(samples, i))
      guard abs(seen - mean) <= 5 * error + 1e-4 * (1 + abs(mean)) else {
        throw Finding(
          "\(name): the mean of coordinate \(i) is said to be \(mean), but \(samples.shape[0]) "
            + "samples give \(seen) ± \(error)")
      }
    }
  }

  private func column(_ tensor: Tensor, _ i: Int) -> [Double] {
    tensor.sliced(along: 1, i..<(i + 1)).doubles
  }
}
