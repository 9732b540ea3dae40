/// How often examples of each class were given each class.
public struct ConfusionCounts: Sendable, Hashable, Codable {
  /// Examples by true class (row) and given class (column), `[classes][classes]`.
  public let counts: [[Int]]

  /// Counts examples whose true class is `labels[i]` and whose given class is `predictions[i]`, both
  /// in 0..<`classCount`.
  public init(labels: [Int], predictions: [Int], classCount: Int) {
    precondition(
      labels.count == predictions.count,
      "\(labels.count) labels do not match \(predictions.count) predictions")
    var counts = Array(repeating: [Int](repeating: 0, count: classCount), count: classCount)
    for (label, prediction) in zip(labels, predictions) { counts[label][prediction] += 1 }
    self.counts = counts
  }

  /// How many classes there are.
  public var classCount: Int { counts.count }

  /// How many examples were counted.
  public var exampleCount: Int { support.reduce(0, +) }

  /// Examples that are of each class.
  public var support: [Int] { counts.map { $0.reduce(0, +) } }

  /// Examples that were given each class.
  public var predicted: [Int] {
    counts.indices.map { column in counts.reduce(0) { $0 + $1[column] } }
  }

  /// Examples of each class that were given it.
  public var correct: [Int] { counts.indices.map { counts[$0][$0] } }

  /// The share of examples given their own class; NaN without examples.
  public var accuracy: Double { Double(correct.reduce(0, +)) / Double(exampleCount) }

  /// The share of those given a class that are of it; 0 where none was given it.
  public var precision: [Double] { zip(correct, predicted).map(share) }

  /// The share of those of a class that were given it; 0 where none is of it.
  public var recall: [Double] { zip(correct, support).map(share) }

  /// The harmonic mean of precision and recall; 0 where a class neither occurs nor was given.
  public var f1: [Double] {
    let (correct, given, support) = (correct, predicted, support)
    return counts.indices.map { share(of: 2 * correct[$0], in: given[$0] + support[$0]) }
  }

  /// The mean of a figure of each class over the classes that occur or were given.
  ///
  /// Every class weighs the same, however few its examples; NaN without examples.
  public func macroAverage(of figures: [Double]) -> Double {
    let seen = zip(figures, zip(support, predicted)).filter { $1.0 + $1.1 > 0 }
    return seen.reduce(0) { $0 + $1.0 } / Double(seen.count)
  }

  private func share(of part: Int, in whole: Int) -> Double {
    whole == 0 ? 0 : Double(part) / Double(whole)
  }
}
