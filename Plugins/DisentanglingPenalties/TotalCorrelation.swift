public import Layers
public import TensorCore
public import VAECore

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// The KL taken apart, KL = I(x; z) + TC(z) + Σ KL(q(z_d) ‖ p(z_d)), each part with a weight of its own over the one it has in the
/// bound; the weight of the total correlation is the β - 1 of the β-TC-VAE.
///
/// q(z) is a mixture of the posteriors of a batch, weighed so as to stand for those of the data. The log weight of a pair enters
/// log q(z) once, and the log q of each coordinate once.
///
/// Reported terms, in nats an example: "total_correlation", and beside it "index_code_information" and "dimension_kl". A batch of
/// one example costs nothing.
///
/// - Source: Chen, Li, Grosse and Duvenaud, "Isolating Sources of Disentanglement in Variational Autoencoders", arXiv:1802.04942,
///   equations 2 and 4.
public struct TotalCorrelation: Penalty {
  /// How the posteriors of a batch stand for those of the data.
  public enum Sampling: String, Codable, Sendable, Hashable, CaseIterable {
    /// Each by the same weight: biased, by a constant log of the data's size less than as the paper writes it, which has no
    /// gradient (appendix C.1).
    case weighted
    /// An example's own by one over the data's size, the others by what is left: unbiased (appendix C.2).
    case stratified
  }

  /// β - 1, what the total correlation costs over its share in the KL.
  public let weight: Double
  /// What I(x; z) costs over its share.
  public let information: Double
  /// What the divergence of the coordinates costs over its share.
  public let dimensions: Double
  /// How the posteriors of a batch stand for those of the data.
  public let sampling: Sampling

  public init(
    weight: Double, information: Double = 0, dimensions: Double = 0,
    sampling: Sampling = .stratified
  ) {
    self.weight = weight
    self.information = information
    self.dimensions = dimensions
    self.sampling = sampling
  }

  public var name: String { "total_correlation" }

  public func check(_ model: some LatentModel) throws(CompositionError) {
    try model.requireDensities(ofCodesFor: "a total correlation")
    if let site = model.codeSites.first(where: { !$0.isPosteriorFactorized }) {
      throw CompositionError(
        incompatible:
          "a total correlation needs a posterior of independent coordinates, and those at "
          + "'\(site.name)' are not")
    }
  }

  public func charge<Model: LatentModel>(
    for walk: Walk<Model>, _ context: inout Context
  ) -> Charge {
    let names = ["total_correlation", "index_code_information", "dimension_kl"]
    guard walk.count > 1 else { return .nothing(names, like: walk.codes) }
    let parts = Parts(of: walk.sites, sampling, exampleCount: context.exampleCount)
    let values = [parts.correlation, parts.information, parts.dimensions]
    let total = zip(values, [weight, information, dimensions])
      .filter { $0.1 != 0 }.map { $0.0.mean() * $0.1 }
    return Charge(
      total: total.dropFirst().reduce(total.first ?? values[0].mean() * 0) { $0 + $1 },
      reports: zip(names, values).map { ($0, $1.value) })
  }

  /// The KL of a batch of codes, taken apart: `[batch]` each, in nats; they add up to log q(z | x) - log p(z).
  public struct Parts {
    /// log q(z | x) - log q(z).
    public let information: Variable
    /// log q(z) - Σ log q(z_d).
    public let correlation: Variable
    /// Σ log q(z_d) - log p(z).
    public let dimensions: Variable

    /// Takes apart the codes drawn at some sites, of independent coordinates, in a run over so many examples; nil takes the batch
    /// for all there is.
    public init(of sites: [Site], _ sampling: Sampling, exampleCount: Int?) {
      let pairs = sites.compactMap { $0.dividedLogPosteriors(of: $0.code) }
      guard pairs.count == sites.count, let own = sites.logPosterior, let prior = sites.logPrior
      else {
        preconditionFailure("a total correlation needs posteriors of independent coordinates")
      }
      // [posterior, code, coordinate]
      let all = pairs.count == 1 ? pairs[0] : .concatenated(pairs, along: 2)
      let count = all.shape[0]
      let logWeights = Variable(
        sampling.logWeights(count: count, of: max(exampleCount ?? count, count))
          .converted(to: all.dtype))
      let whole = (all.sum(along: 2) + logWeights).logSumExp(along: 0)
      let apart = (all + logWeights.expanded(at: 2)).logSumExp(along: 0).sum(along: 1)
      information = own - whole
      correlation = whole - apart
      dimensions = apart - prior
    }
  }
}

extension TotalCorrelation.Sampling {
  /// log of what posterior i counts in q(z) of code j, `[count, count]`; the weights of a code add up to one.
  func logWeights(count: Int, of dataCount: Int) -> Tensor {
    let (n, others) = (Double(dataCount), Double(count - 1))
    var weights = [Double](repeating: 1 / Double(count), count: count * count)
    if self == .stratified {
      for code in 0..<count {
        for posterior in 0..<count { weights[posterior * count + code] = 1 / others }
        weights[code * count + code] = 1 / n
        weights[((code + 1) % count) * count + code] = (n - others) / (n * others)
      }
    }
    return Tensor(weights.map { log($0) }, shape: [count, count])
  }
}
