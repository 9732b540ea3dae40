#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// log of the mean of exponentials, one for each example, of values that arrive one set at a time.
struct LogMeanExp {
  private var largest: [Double]
  private var sums: [Double]
  private var added = 0

  init(count: Int) {
    largest = Array(repeating: -.infinity, count: count)
    sums = Array(repeating: 0, count: count)
  }

  /// Takes one value for each example; sums are kept relative to the largest value, so that nothing
  /// overflows.
  mutating func add(_ values: [Double]) {
    added += 1
    for i in values.indices {
      let value = values[i]
      if value <= largest[i] {
        // Two infinities would give NaN; a value of -infinity adds nothing.
        if value > -.infinity { sums[i] += exp(value - largest[i]) }
      } else {
        sums[i] = value.isNaN ? .nan : sums[i] * exp(largest[i] - value) + 1
        largest[i] = value
      }
    }
  }

  var result: [Double] { zip(largest, sums).map { $0 + log($1 / Double(added)) } }
}
