import TensorCore
import Testing

/// float32, with its fast paths, against the plain loops in float64.
@Suite struct FormatTests {
  @Test(arguments: PrimitiveCase.all + PrimitiveCase.large)
  func formatsAgree(on primitive: PrimitiveCase) throws {
    let values = primitive.draw()
    let exact = primitive.outcome(of: values)
    let single = primitive.outcome(of: values.map { $0.converted(to: .float32) })
    #expect(single.result.shape == exact.result.shape)
    let size = values.map(\.count).max() ?? 0
    #expect(single.result.distance(from: exact.result) <= .rounding(terms: size))
    try #require(single.gradients.count == exact.gradients.count)
    for (found, expected) in zip(single.gradients, exact.gradients) {
      let (found, expected) = (try #require(found), try #require(expected))
      #expect(found.shape == expected.shape && found.dtype == .float32)
      #expect(found.distance(from: expected) <= .rounding(terms: size))
    }
  }
}

extension Double {
  /// What float32 may be off by, relative to the largest element of a result.
  ///
  /// A handful of roundings, and for sums of n terms the square root of n: errors of either sign add like a random walk.
  static func rounding(terms: Int) -> Double { 0x1p-23 * (16 + 2 * Double(terms).squareRoot()) }
}

extension Tensor {
  /// The largest difference between elements, relative to the largest element of `other`; infinite where one is NaN.
  func distance(from other: Tensor) -> Double {
    let (a, b) = (doubles, other.doubles)
    guard a.count == b.count else { return .infinity }
    let scale = b.reduce(1e-30) { max($0, abs($1)) }
    return zip(a, b).reduce(0) { worst, pair in
      let difference = abs(pair.0 - pair.1) / scale
      return difference.isNaN ? .infinity : max(worst, difference)
    }
  }
}
