internal import TensorCore
internal import VAECore

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// q(z), estimated by the average of q(z | x) over a sample of observations.
struct AggregatePosterior<Distribution: CodeDistribution> {
  private var parts: [(q: Distribution, codes: Tensor)] = []
  /// Observations in the sample.
  private(set) var count = 0

  /// Adds the distributions of a batch, with a code drawn from each: `[batch, latentCount]`.
  mutating func add(_ q: Distribution, codes: Tensor) {
    parts.append((q, codes))
    count += codes.shape[0]
  }

  /// The mean of log q(z | x) - log q(z) over the sample's codes, in nats.
  var mutualInformation: Double {
    let own = parts.flatMap { $0.q.logProbability(of: Variable($0.codes)).value.doubles }
    let codes = Tensor.concatenated(parts.map(\.codes), along: 0)
    let aggregate = (0..<count).map { row in
      let code = Variable(codes.sliced(along: 0, row..<(row + 1)))
      let densities = parts.map { $0.q.logProbability(of: code.broadcast(to: $0.codes.shape)) }
      return Variable.concatenated(densities, along: 0).logSumExp(along: 0).value.item
    }
    let differences = zip(own, aggregate).map { $0 - $1 }
    return differences.reduce(0, +) / Double(count) + log(Double(count))
  }
}
