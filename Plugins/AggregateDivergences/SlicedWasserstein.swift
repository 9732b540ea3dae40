public import Layers
package import TensorCore
public import VAECore

/// The squared Wasserstein distance of the codes of a batch and as many from the prior along random directions, on average.
///
/// Along a direction both are sorted, and what stands at the same rank is compared. Directions are drawn anew in each pass.
///
/// Reported term: "sliced_wasserstein".
///
/// - Source: Kolouri, Pope, Martin and Rohde, "Sliced-Wasserstein Autoencoder", arXiv:1804.01947, equation 14.
public struct SlicedWasserstein: Penalty {
  /// What the distance costs.
  public let weight: Double
  /// Directions of a pass.
  public let directionCount: Int

  public init(weight: Double, directionCount: Int = 50) {
    precondition(directionCount > 0, "codes are compared along at least one direction")
    self.weight = weight
    self.directionCount = directionCount
  }

  public var name: String { "sliced_wasserstein" }

  public func charge<Model: LatentModel>(
    for walk: Walk<Model>, _ context: inout Context
  ) -> Charge {
    let codes = walk.codes
    let prior = walk.model.priorCodes(for: walk.observation, &context)
    let drawn = Variable(context.key.normal([directionCount, codes.shape[1]], dtype: codes.dtype))
    let lengths = drawn.squared().sum(along: 1).squareRoot().expanded(at: 1)
    return Charge(
      name, ofBatch: distance(codes, prior, along: drawn / lengths), count: walk.count,
      weight: weight)
  }

  /// The mean squared distance of two samples `[count, latentCount]` of one size along unit vectors `[count, latentCount]`, a
  /// scalar.
  package func distance(_ a: Variable, _ b: Variable, along directions: Variable) -> Variable {
    func sorted(_ codes: Variable) -> Variable {
      directions.matmul(codes, transposeOther: true).sorted(along: 1)
    }
    return (sorted(a) - sorted(b)).squared().mean()
  }
}
