public import TensorCore
internal import VAECore

/// Examples that can be counted, labelled and divided, whatever they are.
public protocol Dataset<Observation>: Sendable {
  /// A batch of examples as models see them.
  associatedtype Observation: Sendable
  /// What messages call the data: a path, or the name of a built-in set.
  var name: String { get }
  /// How many examples there are.
  var count: Int { get }
  /// The class of each example, counted from 0; nil where the data has none.
  var labels: [Int32]? { get }
  /// The names of the classes, where the data has them.
  var classNames: [String]? { get }
  /// A sentence for each example that was passed over because it could not be read.
  var skipped: [String] { get }
  /// A sentence for each thing that was decided about the data and not told by it, such as a column that
  /// was left out.
  var notes: [String] { get }
  /// The path of an example's file in the folder of the data; nil where examples have no files of their
  /// own.
  func fileName(of example: Int) -> String?
  /// Steps of the longest example; nil where examples are no sequences.
  var longest: Int? { get }
  /// The examples at the given places, in that order.
  func subset(_ examples: [Int]) -> Self
  /// Two parts without an example in common, the second with about `fraction` of the examples, which must
  /// lie in [0, 1); a choice by lot that a seed decides, unless examples overlap.
  func split(fraction: Double, seed: UInt64) -> (first: Self, second: Self)
}

extension Dataset {
  /// None was passed over.
  public var skipped: [String] { [] }

  /// Nil: no sequences.
  public var longest: Int? { nil }

  /// Nothing was decided.
  public var notes: [String] { [] }

  /// No example has a file of its own.
  public func fileName(of example: Int) -> String? { nil }

  /// How many classes the labels tell apart; 0 without labels.
  public var classCount: Int {
    max(classNames?.count ?? 0, labels?.max().map { Int($0) + 1 } ?? 0)
  }

  /// The name of each example's class, or its number where classes have no names; nil without
  /// labels.
  public var labelNames: [String]? {
    labels?.map { label in
      let index = Int(label)
      return classNames.flatMap { $0.indices.contains(index) ? $0[index] : nil } ?? "\(index)"
    }
  }

  /// The labels at the given places, int32 `[batch]`; nil where the data has none.
  public func labels(at examples: some Collection<Int>) -> Tensor? {
    labels.map { labels in Tensor(examples.map { labels[$0] }, shape: [examples.count]) }
  }

  /// A random choice of `count` examples, or all of them where there are no more.
  ///
  /// The same seed chooses the same examples; they keep their order.
  public func sampled(_ count: Int, seed: UInt64) -> Self {
    guard count < self.count else { return self }
    var key = RandomKey(seed: seed, .subset)
    return subset(key.permutation(self.count).prefix(count).sorted())
  }

  /// Two parts without an example in common, the second with `fraction` of the examples.
  ///
  /// The same seed gives the same parts; both keep the order. `fraction` must lie in [0, 1).
  public func split(fraction: Double, seed: UInt64) -> (first: Self, second: Self) {
    let places = splitPlaces(fraction: fraction, seed: seed)
    return (subset(places.first), subset(places.second))
  }

  /// The places of the examples that ``split(fraction:seed:)`` gives either part, in order.
  func splitPlaces(fraction: Double, seed: UInt64) -> (first: [Int], second: [Int]) {
    precondition((0..<1).contains(fraction), "a part of \(fraction) cannot be split off")
    var key = RandomKey(seed: seed, .split)
    let order = key.permutation(count)
    let second = Int((Double(count) * fraction).rounded())
    return (order.dropFirst(second).sorted(), order.prefix(second).sorted())
  }
}
