#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// Brings sound from one rate to another: a low-pass filter, a sinc under a Kaiser window, whose phases
/// give the new samples directly.
///
/// Filter and ends are those of SciPy's `resample_poly` with its defaults.
///
/// - Source: Oppenheim and Schafer, "Discrete-Time Signal Processing", sections 4.6 and 7.6.
struct Resampler: Sendable {
  private let up: Int
  private let down: Int
  /// The filter at `up` times the old rate, of odd length.
  private let filter: [Double]

  /// The filter's zeros on either side, in samples of the lower rate.
  private static let reach = 10
  /// The Kaiser window's parameter.
  private static let beta = 5.0
  /// The most samples of either rate in their common period.
  private static let longestPeriod = 1 << 17

  /// From `old` to `new` samples in a second; nil where these have no small common period.
  init?(from old: Int, to new: Int) {
    var (divisor, rest) = (old, new)
    while rest > 0 { (divisor, rest) = (rest, divisor % rest) }
    (up, down) = (new / divisor, old / divisor)
    let period = max(up, down)
    guard period <= Self.longestPeriod else { return nil }
    let half = Self.reach * period
    var filter = (-half...half).map { place -> Double in
      let x = Double(place) / Double(period)
      let sinc = place == 0 ? 1 : sin(Double.pi * x) / (Double.pi * x)
      let edge = Double(place) / Double(half)
      return sinc * Self.bessel(Self.beta * (1 - edge * edge).squareRoot())
    }
    // A constant keeps its size.
    let gain = Double(up) / filter.reduce(0, +)
    for place in filter.indices { filter[place] *= gain }
    self.filter = filter
  }

  /// How many samples `count` become.
  func count(_ count: Int) -> Int { (count * up + down - 1) / down }

  /// The sound at the new rate, silent before its start and after its end.
  func resampled(_ samples: [Float]) -> [Float] {
    let half = filter.count / 2
    return (0..<count(samples.count)).map { index in
      // In steps of the common rate.
      let place = index * down
      let first = max(0, (place - half + up - 1) / up)
      let last = min(samples.count - 1, (place + half) / up)
      var sum = 0.0
      for sample in stride(from: first, through: last, by: 1) {
        sum += Double(samples[sample]) * filter[half + place - sample * up]
      }
      return Float(sum)
    }
  }

  /// The modified Bessel function of the first kind and order 0, by its power series.
  private static func bessel(_ x: Double) -> Double {
    var (sum, term, k) = (1.0, 1.0, 1.0)
    while term > 1e-17 * sum {
      term *= (x / (2 * k)) * (x / (2 * k))
      sum += term
      k += 1
    }
    return sum
  }
}
