/// Scores, higher for what is stranger, and the score above which an example counts as anomalous.
public struct AnomalyDetector: Sendable, Hashable, Codable {
  /// What is scored.
  public let score: AnomalyScore
  /// What is subtracted before the size of the difference is taken; nil takes surprisals as they
  /// are.
  public let center: Double?
  /// The score above which an example counts as anomalous.
  public let threshold: Double

  /// Learns from normal data what is usual.
  ///
  /// - Parameters:
  ///   - score: What is scored.
  ///   - normal: The surprisals of normal examples, at least one.
  ///   - quantile: The share of normal examples, 0 to 1, that the threshold leaves below it;
  ///     between two examples it is interpolated.
  public init(_ score: AnomalyScore, normal: [Double], quantile: Double) {
    precondition(
      !normal.isEmpty && (0...1).contains(quantile),
      "a quantile of \(quantile) of \(normal.count) examples")
    self.score = score
    let mean = normal.reduce(0, +) / Double(normal.count)
    center = score == .typicality ? mean : nil
    // What is no number stands above all others, since nothing is known to be stranger.
    let sorted = Self.scores(of: normal, around: center).map { $0.isNaN ? .infinity : $0 }.sorted()
    let place = quantile * Double(sorted.count - 1)
    let (below, above) = (sorted[Int(place)], sorted[Int(place.rounded(.up))])
    let share = place - place.rounded(.down)
    threshold = share == 0 ? below : below + (above - below) * share
  }

  /// The scores that belong to surprisals.
  public func scores(of surprisals: [Double]) -> [Double] {
    Self.scores(of: surprisals, around: center)
  }

  /// Whether a score lies above the threshold, or is no number.
  public func isAnomalous(_ score: Double) -> Bool { !(score <= threshold) }

  private static func scores(of surprisals: [Double], around center: Double?) -> [Double] {
    center.map { center in surprisals.map { abs($0 - center) } } ?? surprisals
  }
}
