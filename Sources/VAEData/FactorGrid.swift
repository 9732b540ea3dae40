/// What is known to have made each example: one value of each of several factors, in every combination.
///
/// Example 0 has every factor at 0; the last factor changes fastest.
public struct FactorGrid: Sendable, Hashable {
  /// What the factors are called.
  public let names: [String]
  /// How many values each factor takes.
  public let sizes: [Int]

  /// A grid of factors; as many names as sizes, each size at least 1.
  public init(names: [String], sizes: [Int]) {
    precondition(names.count == sizes.count && sizes.allSatisfy { $0 > 0 }, "a size for each name")
    self.names = names
    self.sizes = sizes
  }

  /// How many combinations there are.
  public var count: Int { sizes.reduce(1, *) }

  /// The value of each factor in the example at a place in the whole grid.
  public func values(at index: Int) -> [Int] {
    precondition((0..<count).contains(index), "place \(index) is outside a grid of \(count)")
    var rest = index
    var values: [Int] = []
    for size in sizes.reversed() {
      values.append(rest % size)
      rest /= size
    }
    return values.reversed()
  }

  /// The place of the example with the given value of each factor.
  public func index(of values: [Int]) -> Int {
    precondition(
      values.count == sizes.count && zip(values, sizes).allSatisfy { (0..<$1).contains($0) },
      "\(values) is outside a grid of \(sizes)")
    return zip(values, sizes).reduce(0) { $0 * $1.1 + $1.0 }
  }
}
