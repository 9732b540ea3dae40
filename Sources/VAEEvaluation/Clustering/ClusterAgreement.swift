#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// How well a division into clusters agrees with known classes.
public struct ClusterAgreement: Sendable, Hashable, Codable {
  /// Mutual information of clusters and classes over the mean of their entropies: 0 where they are
  /// independent, 1 where each tells the other.
  ///
  /// - Source: Vinh, Epps and Bailey, "Information theoretic measures for clusterings comparison",
  ///   Journal of Machine Learning Research 11 (2010).
  public var normalizedMutualInformation: Double
  /// The share of pairs on which both agree, less what chance gives: 0 on average for clusters at
  /// random, 1 for the same division.
  ///
  /// - Source: Hubert and Arabie, "Comparing partitions", Journal of Classification 2 (1985).
  public var adjustedRandIndex: Double
  /// Accuracy where each cluster stands for one class of its own, in the best possible way.
  public var matchedAccuracy: Double

  /// Compares the cluster and the class of each example, both counted from 0.
  ///
  /// Without examples, and where clusters and classes are both a single one, agreement is 1.
  public init(clusters: [Int], labels: [Int]) {
    precondition(
      clusters.count == labels.count, "\(labels.count) labels do not match \(clusters.count)")
    let (rows, columns) = ((clusters.max() ?? 0) + 1, (labels.max() ?? 0) + 1)
    var table = Array(repeating: [Int](repeating: 0, count: columns), count: rows)
    for (cluster, label) in zip(clusters, labels) { table[cluster][label] += 1 }
    let sizes = table.map { $0.reduce(0, +) }
    let classes = (0..<columns).map { column in table.reduce(0) { $0 + $1[column] } }
    let count = Double(clusters.count)

    func entropy(_ counts: some Sequence<Int>) -> Double {
      counts.reduce(0) { $1 == 0 ? $0 : $0 - Double($1) / count * log(Double($1) / count) }
    }
    let (own, other, joint) = (entropy(sizes), entropy(classes), entropy(table.joined()))
    let mean = (own + other) / 2
    normalizedMutualInformation = mean == 0 ? 1 : max(0, own + other - joint) / mean

    func pairs(_ counts: some Sequence<Int>) -> Double {
      counts.reduce(0) { $0 + Double($1) * Double($1 - 1) / 2 }
    }
    let (inClusters, inClasses) = (pairs(sizes), pairs(classes))
    let byChance = inClusters * inClasses / max(1, pairs([clusters.count]))
    let most = (inClusters + inClasses) / 2
    adjustedRandIndex =
      most == byChance ? 1 : (pairs(table.joined()) - byChance) / (most - byChance)

    let matched = Assignment(benefits: table.map { $0.map(Double.init) })
    matchedAccuracy = clusters.isEmpty ? 1 : matched.total / count
  }
}
