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
    var own: [Double] = []
    for site in sites {
      // Asked as for any other code, so that a pair of equal densities cancels.
      guard let logs = site.logPosterior else { return nil }
      own += logs.value.doubles
    }
    let codes = Variable.concatenated(sites.map { Variable($0.code.value) }, along: 0)
    var aggregate: [Double] = []
    let atOnce = 128
    for start in stride(from: 0, to: count, by: atOnce) {
      let some = codes.sliced(along: 0, start..<min(start + atOnce, count))
      let densities = sites.compactMap { $0.logPosteriors(of: some) }
      guard densities.count == sites.count else { return nil }
      aggregate += Variable.concatenated(densities, along: 0).logSumExp(along: 0).value.doubles
    }
    let differences = zip(own, aggregate).map { $0 - $1 }
    return differences.reduce(0, +) / Double(count) + log(Double(count))
  }
}
