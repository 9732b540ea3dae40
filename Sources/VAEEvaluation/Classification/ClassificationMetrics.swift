public import TensorCore

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// How well scores of classes name the classes of examples.
public struct ClassificationMetrics: Sendable, Hashable, Codable {
  /// Examples by true class and by the class of the highest score.
  public var confusion: ConfusionCounts
  /// -log of the probability of the true class, in nats an example.
  public var negativeLogLikelihood: Double
  /// The mean difference between how sure and how right the classifier is, 0 to 1.
  ///
  /// Examples are divided into 15 bins of equal width by the probability of the class they were
  /// given; the difference between the mean probability and the accuracy of a bin counts with the
  /// share of its examples.
  ///
  /// - Source: Guo, Pleiss, Sun and Weinberger, "On Calibration of Modern Neural Networks",
  ///   arXiv:1706.04599, equation 3.
  public var calibrationError: Double
  /// How many classes score above the true one, for each example; of equal scores the class with
  /// the smaller number comes first.
  public var ranks: [Int]

  /// Compares scores with the true classes.
  ///
  /// Averages are NaN where there are no examples.
  ///
  /// - Parameters:
  ///   - logits: Unnormalized log probabilities `[examples, classes]`; their softmax gives the
  ///     probabilities.
  ///   - labels: The true classes, each in 0..<classes.
  public init(logits: Tensor, labels: [Int]) {
    precondition(
      logits.shape.rank == 2 && logits.shape[0] == labels.count,
      "\(labels.count) labels do not match logits of shape \(logits.shape)")
    let (examples, classes) = (labels.count, logits.shape[1])
    let values = logits.doubles
    var calibration = CalibrationBins(count: 15)
    var (predictions, ranks, loss) = ([Int](), [Int](), 0.0)
    for example in 0..<examples {
      let row = values[(example * classes)..<((example + 1) * classes)]
      let (first, label) = (row.startIndex, labels[example])
      let prediction = row.indices.dropFirst().reduce(first) { row[$1] > row[$0] ? $1 : $0 }
      let (most, own) = (row[prediction], row[first + label])
      let logSum = log(row.reduce(0) { $0 + exp($1 - most) })
      let before = row[..<(first + label)].count { $0 >= own }
      ranks.append(before + row[(first + label)...].count { $0 > own })
      predictions.append(prediction - first)
      loss += logSum + (most - own)
      calibration.add(confidence: exp(-logSum), isCorrect: prediction - first == label)
    }
    confusion = ConfusionCounts(labels: labels, predictions: predictions, classCount: classes)
    negativeLogLikelihood = loss / Double(examples)
    calibrationError = calibration.error
    self.ranks = ranks
  }

  /// The share of examples given their own class.
  public var accuracy: Double { confusion.accuracy }

  /// The share of examples whose class is among the `k` of highest score.
  public func topAccuracy(_ k: Int) -> Double {
    Double(ranks.count { $0 < k }) / Double(ranks.count)
  }
}

/// Examples by the probability of the class they were given.
private struct CalibrationBins {
  private var counts: [Int]
  private var confidence: [Double]
  private var correct: [Int]

  init(count: Int) {
    counts = Array(repeating: 0, count: count)
    confidence = Array(repeating: 0, count: count)
    correct = counts
  }

  /// Bins hold their upper edge, not their lower.
  mutating func add(confidence value: Double, isCorrect: Bool) {
    let place = (value * Double(counts.count)).rounded(.up) - 1
    // A probability that is NaN, as after a training that diverged, has no place of its own.
    let bin = place.isNaN ? 0 : max(0, min(counts.count - 1, Int(place)))
    counts[bin] += 1
    confidence[bin] += value
    correct[bin] += isCorrect ? 1 : 0
  }

  var error: Double {
    let gaps = zip(confidence, correct).map { abs($0 - Double($1)) }
    return gaps.reduce(0, +) / Double(counts.reduce(0, +))
  }
}
