internal import TensorCore

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
  mutating func add(_ loss: BatchLoss) -> (name: String, value: Double)? {
    if exampleCount == 0 && names.isEmpty {
      names = loss.names
      sums = [Double](repeating: 0, count: names.count + 1)
    }
    precondition(
      loss.terms.count == names.count, "an objective reports the same terms for every batch")
    let count = loss.count
    exampleCount += count
    sums[0] += loss.total * Double(count)
    // A broken term says more than a broken sum of terms.
    for (i, term) in loss.terms.enumerated() {
      precondition(
        term?.count == count, "the term \(names[i]) has \(term?.count ?? 0) values for \(count)")
      let sum = term?.total ?? 0
      guard sum.isFinite else { return (names[i], sum) }
      sums[i + 1] += sum
    }
    return loss.total.isFinite ? nil : ("loss", loss.total)
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

/// The numbers of a loss on one batch.
struct BatchLoss {
  /// Averaged over the batch.
  let total: Double
  /// Of the terms, as each batch of a run has them.
  let names: [String]
  /// `[count]` each.
  let terms: ArraySlice<Tensor?>
  /// Examples in the batch.
  let count: Int
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
