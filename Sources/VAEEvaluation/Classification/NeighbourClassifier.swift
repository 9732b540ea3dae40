public import TensorCore

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// Gives each point the class of most of its nearest neighbours among points of known class.
///
/// - Source: Cover and Hart, "Nearest neighbor pattern classification", IEEE Transactions on
///   Information Theory 13 (1967).
public struct NeighbourClassifier: Sendable {
  private let neighbours: NearestNeighbours
  private let labels: [Int]
  private let classCount: Int
  private let votes: Int

  /// Remembers points `[count, width]`, such as codes, with their classes in 0..<`classCount`;
  /// `votes` neighbours decide, or all where there are fewer.
  public init(points: Tensor, labels: [Int], classCount: Int, votes: Int = 5) {
    precondition(
      points.shape[0] == labels.count, "\(labels.count) labels do not match \(points.shape)")
    precondition(votes > 0, "\(votes) neighbours cannot decide")
    neighbours = NearestNeighbours(points)
    self.labels = labels
    self.classCount = classCount
    self.votes = min(votes, labels.count)
  }

  /// Log probabilities of the classes for points `[count, width]`: float64 `[count, classes]`.
  ///
  /// A class's probability is its share of the votes, to which one vote is added that all classes
  /// share, so that none is impossible. Of classes with as many votes the first wins.
  public func callAsFunction(_ points: Tensor) -> Tensor {
    let share = 1 / Double(classCount)
    let logits = neighbours(of: points, count: votes).flatMap { places in
      var counts = [Double](repeating: share, count: classCount)
      for place in places { counts[labels[place]] += 1 }
      return counts.map { log($0 / Double(votes + 1)) }
    }
    return Tensor(logits, shape: [points.shape[0], classCount])
  }
}
