public import Layers
public import TensorCore
public import VAECore

/// The maximum mean discrepancy of the codes of a batch and as many from the prior, by a kernel.
///
/// Both lie in the same place where it is 0. The estimate is unbiased, so that it may be negative; of batches of one example there
/// is none, and they cost nothing.
///
/// Reported term: "mmd".
///
/// - Source: Tolstikhin, Bousquet, Gelly and Schölkopf, "Wasserstein Auto-Encoders", arXiv:1711.01558, algorithm 2; Zhao, Song and
///   Ermon, "InfoVAE", arXiv:1706.02262, equation 6, whose weights α and λ are a KL weight of 1 - α and a weight of α + λ - 1 here.
public struct MaximumMeanDiscrepancy: Penalty {
  /// A kernel of two codes at a squared distance r², with C = 2 n σ² for codes of n numbers, the mean r² of two codes of N(0, σ²).
  public enum Kernel: String, Codable, Sendable, Hashable, CaseIterable {
    /// exp(-r² / C).
    case rbf
    /// C / (C + r²).
    case inverseMultiquadratic = "inverse_multiquadratic"
  }

  /// λ, what the discrepancy costs.
  public let weight: Double
  /// Which kernel.
  public let kernel: Kernel
  /// σ.
  public let bandwidth: Double
  /// Factors of C, over which the kernel is summed.
  public let scales: [Double]

  /// The scales by which arXiv:1711.01558 sums the inverse multiquadratic kernel.
  public static let manyScales = [0.1, 0.2, 0.5, 1, 2, 5, 10]

  public init(
    weight: Double, kernel: Kernel = .inverseMultiquadratic, bandwidth: Double = 1,
    scales: [Double] = [1]
  ) {
    precondition(
      bandwidth > 0 && !scales.isEmpty && scales.allSatisfy { $0 > 0 },
      "a kernel has a width above 0")
    self.weight = weight
    self.kernel = kernel
    self.bandwidth = bandwidth
    self.scales = scales
  }

  public var name: String { "mmd" }

  public func charge<Model: LatentModel>(
    for walk: Walk<Model>, _ context: inout Context
  ) -> Charge {
    let codes = walk.codes
    guard walk.count > 1 else { return .nothing([name], like: codes) }
    let prior = walk.model.priorCodes(for: walk.observation, &context)
    return Charge(
      name, ofBatch: self(codes, prior), count: walk.count, weight: weight)
  }

  /// The discrepancy of two samples `[count, latentCount]`, a scalar.
  public func callAsFunction(_ a: Variable, _ b: Variable) -> Variable {
    let (m, n) = (Double(a.shape[0]), Double(b.shape[0]))
    // Of a code with itself the kernel is 1 at every scale, which no pair of others shows.
    let own = Double(scales.count)
    let inside = (sum(a, a) - m * own) / (m * (m - 1)) + (sum(b, b) - n * own) / (n * (n - 1))
    return inside - sum(a, b) * (2 / (m * n))
  }

  /// The kernel's sum over all pairs, a scalar.
  private func sum(_ a: Variable, _ b: Variable) -> Variable {
    let products = a.matmul(b, transposeOther: true)
    let lengths = a.squared().sum(along: 1).expanded(at: 1) + b.squared().sum(along: 1)
    let distances = lengths - products * 2
    let width = 2 * Double(a.shape[1]) * bandwidth * bandwidth
    let sums = scales.map { scale -> Variable in
      let c = width * scale
      return switch kernel {
      case .rbf: (distances * (-1 / c)).exp().sum()
      case .inverseMultiquadratic: ((distances + c).reciprocal() * c).sum()
      }
    }
    return sums.dropFirst().reduce(sums[0]) { $0 + $1 }
  }
}
