public import Layers
public import TensorCore
public import VAECore

/// A batch of Gaussians with independent coordinates.
public struct DiagonalGaussian: Factorized {
  /// μ, `[batch, latentCount]`, or of any shape that a code has.
  public let mean: Variable
  /// log σ², of the same shape.
  public let logVariance: Variable

  public init(mean: Variable, logVariance: Variable) {
    self.mean = mean
    self.logVariance = logVariance
  }

  public func mean(_ context: inout Context) -> Variable { mean }

  public func variance(_ context: inout Context) -> Variable? { logVariance.exp() }

  public func sample(_ context: inout Context) -> Variable {
    mean.reparameterized(logVariance: logVariance, noise: noise(&context))
  }

  /// A sample, whose log density follows from its noise; one pass gives its divergence from N(0, I) too.
  public func draw(against law: Law?, _ context: inout Context) -> Draw<Variable> {
    let noise = noise(&context)
    func logProbability() -> Variable {
      let sums = (logVariance + Variable(noise * noise)).sumPerExample()
      return (sums + constant(noise.shape)) * -0.5
    }
    guard law == .standardNormal else {
      return Draw(
        mean.reparameterized(logVariance: logVariance, noise: noise), logProbability: logProbability
      )
    }
    let (code, total) = mean.reparameterizedWithDivergence(logVariance: logVariance, noise: noise)
    return Draw(
      code, divergence: Divergence(total: total) { shares.flattenedPerExample() },
      logProbability: logProbability)
  }

  public func logProbabilities(of codes: Variable) -> Variable {
    let squares = (codes - mean).squared() * (-logVariance).exp()
    return (squares + logVariance + log2Pi) * -0.5
  }

  /// Closed for N(0, I) and for every diagonal Gaussian.
  ///
  /// - Source: Kingma and Welling, arXiv:1312.6114, appendix B.
  public func divergence(from other: some Distribution<Variable>) -> Divergence? {
    if other.law == .standardNormal {
      return Divergence(total: mean.gaussianDivergenceFromStandard(logVariance: logVariance)) {
        shares.flattenedPerExample()
      }
    }
    guard let p = other as? DiagonalGaussian else { return nil }
    let distance = (mean - p.mean).squared() + logVariance.exp()
    return Divergence(
      parts: (distance * (-p.logVariance).exp() + p.logVariance - logVariance - 1) * 0.5)
  }

  public func mapParameters(_ f: (Variable) -> Variable) -> DiagonalGaussian {
    DiagonalGaussian(mean: f(mean), logVariance: f(logVariance))
  }

  /// The share of each coordinate in KL(q ‖ N(0, I)).
  private var shares: Variable {
    (mean.squared() + logVariance.exp() - logVariance - 1) * 0.5
  }

  private func noise(_ context: inout Context) -> Tensor {
    context.key.normal(mean.shape, dtype: mean.dtype)
  }
}

/// N(0, I) for each of a batch.
public struct StandardNormal: Factorized {
  /// `[batch] + shape`.
  public let shape: Shape

  /// N(0, I) over codes of this shape, the batch axis in front.
  public init(shape: Shape) { self.shape = shape }

  public var law: Law? { .standardNormal }

  public func mean(_ context: inout Context) -> Variable { Variable(.zeros(shape)) }

  public func sample(_ context: inout Context) -> Variable { Variable(context.key.normal(shape)) }

  public func logProbability(of codes: Variable, _ context: inout Context) -> Variable? {
    (codes.squared().sumPerExample() + constant(codes.shape)) * -0.5
  }

  public func logProbabilities(of codes: Variable) -> Variable {
    (codes.squared() + log2Pi) * -0.5
  }

  public func mapParameters(_ f: (Variable) -> Variable) -> StandardNormal {
    StandardNormal(shape: f(Variable(.zeros(shape))).shape)
  }
}

let log2Pi = 1.8378770664093453

/// What the normalization of so many coordinates adds, for a batch of this shape.
private func constant(_ shape: Shape) -> Double { Double(shape.dropFirst().count) * log2Pi }
