internal import Layers
internal import TensorCore
internal import VAECore

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// q(z), estimated by the average of q(z | x) over a sample of observations; of models that draw at one site.
struct AggregatePosterior {
  private var sites: [Site] = []
  /// Observations in the sample.
  private(set) var count = 0

  /// Adds the posteriors of a batch, with the code that was drawn from each.
  mutating func add(_ site: Site) {
    sites.append(site)
    count += site.code.shape[0]
  }

  /// The mean of log q(z | x) - log q(z) over the sample's codes, in nats; nil where there is no density.
  var mutualInformation: Double? {
    guard count > 0 else { return nil }
    let codes = Variable.concatenated(sites.map { Variable($0.code.value) }, along: 0)
    var sum = 0.0
    let atOnce = 128
    for start in stride(from: 0, to: count, by: atOnce) {
      let some = codes.sliced(along: 0, start..<min(start + atOnce, count))
      let densities = sites.compactMap { $0.logPosteriors(of: some) }
      guard densities.count == sites.count else { return nil }
      let all = Variable.concatenated(densities, along: 0)
      let (own, width) = (all.value.doubles, some.shape[0])
      for (i, aggregate) in all.logSumExp(along: 0).value.doubles.enumerated() {
        // The code's own posterior, in the same numbers.
        sum += own[(start + i) * width + i] - aggregate
      }
    }
    return sum / Double(count) + log(Double(count))
  }
}
