internal import TensorCore

/// Sums over the examples seen so far, from which exact averages follow.
///
/// A term is averaged over the examples of the batches that report it.
struct RunningAverages: Equatable {
  /// A term and its sum.
  struct Sum: Equatable {
    let name: String
    var sum = 0.0
    var exampleCount = 0
  }

  /// Of the loss times its examples.
  private(set) var lossSum = 0.0
  private(set) var exampleCount = 0
  /// Of the terms, in the order in which they appeared.
  private(set) var sums: [Sum] = []

  init() {}

  init(lossSum: Double, exampleCount: Int, sums: [Sum]) {
    self.lossSum = lossSum
    self.exampleCount = exampleCount
    self.sums = sums
  }

  /// Adds a batch; gives the first value that is not finite, by its name.
  mutating func add(_ loss: BatchLoss) -> (name: String, value: Double)? {
    let count = loss.count
    exampleCount += count
    lossSum += loss.total * Double(count)
    // A broken term says more than a broken sum of terms.
    for (name, term) in zip(loss.names, loss.terms) {
      precondition(
        term?.count == count, "the term \(name) has \(term?.count ?? 0) values for \(count)")
      let sum = term?.total ?? 0
      guard sum.isFinite else { return (name, sum) }
      let place = sums.firstIndex { $0.name == name } ?? sums.count
      if place == sums.count { sums.append(Sum(name: name)) }
      sums[place].sum += sum
      sums[place].exampleCount += count
    }
    return loss.total.isFinite ? nil : ("loss", loss.total)
  }

  /// The average loss.
  var loss: Double { lossSum / Double(max(exampleCount, 1)) }

  /// The average of each term.
  var terms: [EpochMetrics.Term] {
    sums.map { EpochMetrics.Term(name: $0.name, value: $0.sum / Double(max($0.exampleCount, 1))) }
  }
}

/// The numbers of a loss on one batch.
struct BatchLoss {
  /// Averaged over the batch.
  let total: Double
  /// Of the terms of this batch.
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
