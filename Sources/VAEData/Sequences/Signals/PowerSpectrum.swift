#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// The power at each frequency of a real signal whose length is a power of two.
///
/// - Source: Cooley and Tukey, "An algorithm for the machine calculation of complex Fourier series",
///   1965.
struct PowerSpectrum: Sendable {
  /// How many numbers are transformed.
  let count: Int
  /// The place that each number takes before the first pass.
  private let order: [Int]
  /// e^(-2πi k / count) for the first half of the circle.
  private let turns: [SIMD2<Double>]

  /// A transform of at least `count` numbers, which zeros fill up to a power of two.
  init(atLeast count: Int) {
    var (size, bits) = (1, 0)
    while size < count { (size, bits) = (2 * size, bits + 1) }
    self.count = size
    order = (0..<size).map { place in
      (0..<bits).reduce(0) { $0 | (place >> $1 & 1) << (bits - 1 - $1) }
    }
    turns = (0..<(size / 2)).map {
      let angle = -2 * Double.pi * Double($0) / Double(size)
      return SIMD2(cos(angle), sin(angle))
    }
  }

  /// Frequencies from 0 to half the rate of samples.
  var binCount: Int { count / 2 + 1 }

  /// |X(f)|² of at most `count` numbers.
  func callAsFunction(_ signal: [Double]) -> [Double] {
    var values = order.map { SIMD2($0 < signal.count ? signal[$0] : 0, 0) }
    var half = 1
    while half < count {
      let step = count / (2 * half)
      for start in stride(from: 0, to: count, by: 2 * half) {
        for k in 0..<half {
          let (turn, odd) = (turns[k * step], values[start + half + k])
          let turned = SIMD2(
            turn.x * odd.x - turn.y * odd.y, turn.x * odd.y + turn.y * odd.x)
          let even = values[start + k]
          values[start + k] = even + turned
          values[start + half + k] = even - turned
        }
      }
      half *= 2
    }
    return values.prefix(binCount).map { ($0 * $0).sum() }
  }
}
