public import TensorCore

/// A place at which a walk through a model drew a code, and what is known of it.
///
/// Densities and divergences are worked out once, when they are asked for: what nobody reads costs nothing.
public final class Site {
  /// What the model calls it.
  public let name: String
  /// The code, `[rows] + shape`.
  public let code: Variable
  /// log p(z) in nats, `[rows]`; nil where the prior has no density.
  public private(set) lazy var logPrior: Variable? = known.logPrior()
  /// log q(z | x) in nats, `[rows]`; nil where there is no posterior or it has no density.
  public private(set) lazy var logPosterior: Variable? = known.logPosterior()
  /// KL(q ‖ p) where the pair knows it in closed form, or else log q(z | x) - log p(z), in nats, `[rows]`; nil where there is neither.
  public private(set) lazy var divergence: Variable? =
    closed?.total ?? logPosterior.flatMap { q in logPrior.map { q - $0 } }
  /// The share of each coordinate in ``divergence``, `[rows, count]`; nil where it is not divided.
  public private(set) lazy var dividedDivergence: Variable? = closed?.parts() ?? known.divided()

  /// The posterior's mean, `[rows] + shape`, the codes drawn before it given; nil where there is no posterior.
  public private(set) lazy var posteriorMean: Variable? = known.posteriorMean()

  /// The variance of each coordinate of the posterior, `[rows] + shape`; nil where there is no posterior or it is not known.
  public private(set) lazy var posteriorVariance: Variable? = known.posteriorVariance()

  /// KL(q ‖ p) in closed form; nil where the pair has none.
  private lazy var closed: Divergence? = known.closed()
  private let known: Knowledge

  /// What a draw can tell of the densities, when it is asked.
  struct Knowledge {
    var closed: () -> Divergence? = { nil }
    var logPrior: () -> Variable? = { nil }
    var logPosterior: () -> Variable? = { nil }
    var divided: () -> Variable? = { nil }
    var posteriorMean: () -> Variable? = { nil }
    var posteriorVariance: () -> Variable? = { nil }
    /// log q of codes `[count] + shape` under each row's posterior: `[rows, count]`.
    var logPosteriors: (_ codes: Variable) -> Variable? = { _ in nil }
    /// The share of each coordinate in it: `[rows, count, coordinates]`.
    var dividedLogPosteriors: (_ codes: Variable) -> Variable? = { _ in nil }
  }

  init(_ name: String, code: Variable, _ known: Knowledge) {
    self.name = name
    self.code = code
    self.known = known
  }

  /// log q(z | x) in nats of other codes `[count] + shape` under each row's posterior: `[rows, count]`; nil where there is no density.
  public func logPosteriors(of codes: Variable) -> Variable? { known.logPosteriors(codes) }

  /// The share of each coordinate in log q(z | x) of other codes `[count] + shape` under each row's posterior: `[rows, count,
  /// coordinates]`; nil where the coordinates are not independent.
  public func dividedLogPosteriors(of codes: Variable) -> Variable? {
    known.dividedLogPosteriors(codes)
  }
}

/// What a model can draw at one of its sites, without a walk.
public struct CodeSite: Sendable, Hashable {
  /// What the model calls it.
  public let name: String
  /// Shape of one code, without the batch axis.
  public let shape: Shape
  /// Whether posterior and prior both have a density.
  public let hasDensities: Bool
  /// Whether both have independent coordinates, so that the divergence can be divided among them.
  public let isFactorized: Bool
  /// Whether the posterior has.
  public let isPosteriorFactorized: Bool

  /// A site as the model states it.
  public init(
    name: String, shape: Shape, hasDensities: Bool, isFactorized: Bool,
    isPosteriorFactorized: Bool? = nil
  ) {
    self.name = name
    self.shape = shape
    self.hasDensities = hasDensities
    self.isFactorized = isFactorized
    self.isPosteriorFactorized = isPosteriorFactorized ?? isFactorized
  }

  /// A site at which such distributions meet.
  public init<Q: Distribution, P: Distribution>(
    name: String, shape: Shape, posterior: Q.Type, prior: P.Type
  ) {
    self.init(
      name: name, shape: shape, hasDensities: Q.hasDensity && P.hasDensity,
      isFactorized: posterior is any Factorized.Type && prior is any Factorized.Type,
      isPosteriorFactorized: posterior is any Factorized.Type)
  }
}
