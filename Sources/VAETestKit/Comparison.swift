internal import Layers
internal import TensorCore
internal import VAECore

extension Tensor {
  /// The largest difference from another tensor, relative to the numbers' size; infinite where
  /// shapes differ or NaN appears.
  func relativeDistance(from other: Tensor) -> Double {
    guard shape == other.shape else { return .infinity }
    let (mine, others) = (doubles, other.doubles)
    let scale = max(1, mine.reduce(0) { max($0, abs($1)) })
    return zip(mine, others).reduce(0) { worst, pair in
      let distance = abs(pair.0 - pair.1) / scale
      return distance <= .greatestFiniteMagnitude ? max(worst, distance) : .infinity
    }
  }

  /// One row of the batch, `count` times.
  func repeating(row: Int, count: Int) -> Tensor {
    gathered(Tensor([Int32](repeating: Int32(row), count: count), shape: [count]), along: 0)
  }

  /// Tensors with the same examples side by side, flattened: `[batch, sum of their sizes]`.
  static func sideBySide(_ tensors: [Tensor]) -> Tensor {
    concatenated(tensors.map { $0.reshaped(to: [$0.shape[0], -1]) }, along: 1)
  }
}

extension Context {
  /// A pass that behaves as in use, but records gradients.
  static func observed(_ key: RandomKey) -> Context {
    Context(isTraining: false, recordsGradients: true, key: key)
  }
}

/// The mean of numbers, and the standard error of that mean.
func average(_ numbers: [Double]) -> (mean: Double, error: Double) {
  let n = Double(numbers.count)
  let mean = numbers.reduce(0, +) / n
  let squares = numbers.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
  return (mean, (squares / max(n - 1, 1) / n).squareRoot())
}

extension Distribution {
  /// log p in nats, `[batch]`, of what promises to have one.
  func density(of value: Value, _ context: inout Context) -> Variable {
    guard let log = logProbability(of: value, &context) else {
      preconditionFailure(
        "\(Self.self) says that it has a density, but tells none; should hasDensity be false?")
    }
    return log
  }
}
