internal import TensorCore
internal import VAECore

/// Sums over the examples seen so far, from which exact averages follow.
struct RunningAverages: Equatable {
  private(set) var names: [String] = []
  /// The loss, then each term.
  private(set) var sums: [Double] = [0]
  private(set) var exampleCount = 0

  init() {}

  init(names: [String], sums: [Double], exampleCount: Int) {
    self.names = names
    self.sums = sums
    self.exampleCount = exampleCount
  }

  /// Adds a batch; gives the first value that is not finite, by its name.
  mutating func add(
    _ loss: Loss, total: Double, count: Int
  ) -> (name: String, value: Double)? {
    if exampleCount == 0 && names.isEmpty {
      names = loss.terms.map(\.key)
      sums = [Double](repeating: 0, count: names.count + 1)
    }
    precondition(
      loss.terms.count == names.count, "an objective reports the same terms for every batch")
    exampleCount += count
    sums[0] += total * Double(count)
    // A broken term says more than a broken sum of terms.
    for (i, term) in loss.terms.enumerated() {
      precondition(
        term.value.count == count,
        "the term \(term.key) has \(term.value.count) values for \(count)"
      )
      let sum = term.value.total
      guard sum.isFinite else { return (term.key, sum) }
      sums[i + 1] += sum
    }
    return total.isFinite ? nil : ("loss", total)
  }

  /// The average loss.
  var loss: Double { sums[0] / Double(max(exampleCount, 1)) }

  /// The average of each term.
  var terms: [EpochMetrics.Term] {
    zip(names, sums.dropFirst()).map {
      EpochMetrics.Term(name: $0, value: $1 / Double(max(exampleCount, 1)))
    }
  }
}

extension Tensor {
  /// The sum of all elements in double precision, added one after the other.
  var total: Double {
    withUnsafeBytes { bytes in
      dtype == .float32
        ? bytes.bindMemory(to: Float.self).reduce(0) { $0 + Double($1) }
        : bytes.bindMemory(to: Double.self).reduce(0, +)
    }
  }
}
