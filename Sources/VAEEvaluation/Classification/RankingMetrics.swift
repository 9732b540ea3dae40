/// How well one score tells positive examples, such as anomalies, from the others.
public struct RankingMetrics: Sendable, Hashable, Codable {
  /// The probability that a positive example scores above a negative one, ties counting half: the
  /// area under the receiver operating characteristic.
  public var areaUnderROC: Double
  /// The mean precision at the scores of the positive examples.
  ///
  /// Σ (Rₙ - Rₙ₋₁) Pₙ over the distinct scores as thresholds, from high to low, with precision Pₙ
  /// and recall Rₙ.
  public var averagePrecision: Double

  /// Measures `scores`, higher for what is taken to be positive; nil where all examples are
  /// positive, or none, since nothing is told apart then.
  ///
  /// A score that is NaN stands above all others, since nothing is known to be stranger.
  public init?(scores: [Double], isPositive: [Bool]) {
    precondition(
      scores.count == isPositive.count,
      "\(scores.count) scores do not match \(isPositive.count) labels")
    let positives = isPositive.count { $0 }
    let negatives = isPositive.count - positives
    guard positives > 0 && negatives > 0 else { return nil }
    let keys = scores.map { $0.isNaN ? .infinity : $0 }
    let order = keys.indices.sorted { keys[$0] > keys[$1] }
    var (above, below, area, precision) = (0, 0, 0.0, 0.0)
    var start = 0
    while start < order.count {
      let score = keys[order[start]]
      let end = order[start...].firstIndex { keys[$0] != score } ?? order.count
      let tied = order[start..<end].count { isPositive[$0] }
      let others = end - start - tied
      area += Double(others) * (Double(above) + Double(tied) / 2)
      (above, below) = (above + tied, below + others)
      precision += Double(tied) * Double(above) / Double(above + below)
      start = end
    }
    areaUnderROC = area / Double(positives) / Double(negatives)
    averagePrecision = precision / Double(positives)
  }
}
