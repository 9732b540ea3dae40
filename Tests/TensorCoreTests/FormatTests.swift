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

  /// The variance is not the difference of two large numbers.
  @Test func largeMeanLeavesTheVarianceExact() {
    var key = RandomKey(seed: 5)
    let x = key.normal([500, 3]) + Tensor(1000)
    let single = Variable(x).normalized(.channel)
    let exact = Variable(x.converted(to: .float64)).normalized(.channel)
    // At 1000 the mean itself is rounded to 2^-14 or so.
    #expect(single.variance.distance(from: exact.variance) < 1e-3)
    #expect(single.value.value.distance(from: exact.value.value) < 1e-3)
  }
}

extension Double {
  /// What float32 may be off by, relative to the largest element of a result.
  ///
  /// Some roundings, and for sums of n terms the square root of n: errors of either sign add like a random walk.
  static func rounding(terms: Int) -> Double { 0x1p-23 * (32 + 2 * Double(terms).squareRoot()) }
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
