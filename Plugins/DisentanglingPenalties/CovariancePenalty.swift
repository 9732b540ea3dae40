public import Layers
public import TensorCore
public import VAECore

/// How far the covariance of codes is from the identity: λ_od Σ_{i≠j} C_ij² + λ_d Σ_i (C_ii - 1)².
///
/// The covariance is that over the batch, whose sums are divided by the number of examples; a batch of one example has none and costs
/// nothing.
///
/// Reported term: "covariance", what it costs, weighted.
///
/// - Source: Kumar, Sattigeri and Balakrishnan, "Variational Inference of Disentangled Latent Concepts from Unlabeled Observations",
///   arXiv:1711.00848, equations 6 (DIP-VAE-I) and 7 (DIP-VAE-II).
public struct CovariancePenalty: Penalty {
  /// What varies.
  public enum Kind: String, Codable, Sendable, Hashable, CaseIterable {
    /// The posteriors' means: DIP-VAE-I.
    case means
    /// The codes themselves, whose covariance is that of the means and the posteriors' own on average: DIP-VAE-II.
    case codes
  }

  /// What varies.
  public let kind: Kind
  /// λ_d.
  public let diagonal: Double
  /// λ_od.
  public let offDiagonal: Double

  public init(of kind: Kind, diagonal: Double, offDiagonal: Double) {
    self.kind = kind
    self.diagonal = diagonal
    self.offDiagonal = offDiagonal
  }

  public var name: String { "covariance" }

  public func charge<Model: LatentModel>(
    for walk: Walk<Model>, _ context: inout Context
  ) -> Charge {
    guard walk.count > 1 else { return .nothing([name], like: walk.codes) }
    let cost = cost(of: covariance(walk.sites))
    return Charge(name, ofBatch: cost, count: walk.count, weight: 1)
  }

  private func covariance(_ sites: [Site]) -> Variable {
    guard kind == .codes else {
      return Self.covariance(of: sites.posteriorMeans ?? sites.codes)
    }
    guard let means = sites.posteriorMeans, let variances = sites.posteriorVariances else {
      return Self.covariance(of: sites.codes)
    }
    return Self.covariance(of: means)
      + Variable(Self.identity(means.shape[1], means.dtype)) * variances.mean(along: 0)
  }

  private static func covariance(of rows: Variable) -> Variable {
    let centered = rows - rows.mean(along: 0)
    return centered.matrixTransposed().matmul(centered) / Double(rows.shape[0])
  }

  private static func identity(_ count: Int, _ dtype: DType) -> Tensor {
    .oneHot(Tensor((0..<count).map { Int32($0) }, shape: [count]), count: count, dtype: dtype)
  }

  /// What a covariance `[count, count]` costs, a scalar.
  public func cost(of covariance: Variable) -> Variable {
    let own = Variable(Self.identity(covariance.shape[0], covariance.dtype))
    let apart = (covariance * (1 - own)).squared().sum()
    let along = ((covariance - 1) * own).squared().sum()
    return apart * offDiagonal + along * diagonal
  }
}
