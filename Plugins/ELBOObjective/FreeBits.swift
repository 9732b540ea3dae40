internal import TensorCore
internal import VAECore

/// Nats of KL that each group of latent dimensions has for nothing, so that none is given up early.
///
/// The KL term becomes Σ max(λ, KL of the group averaged over the batch), summed over the groups:
/// below λ a group has no gradient. One group of the whole code sets a least rate for it.
///
/// - Source: Kingma et al., "Improving Variational Inference with Inverse Autoregressive Flow",
///   arXiv:1606.04934, appendix C.8.
public struct FreeBits: Sendable, Hashable {
  /// λ, in nats a group.
  public var nats: Double
  /// Neighbouring dimensions that make a group: 1 for each its own, all of them for one group.
  public var groupSize: Int

  public init(_ nats: Double, groupSize: Int = 1) {
    self.nats = nats
    self.groupSize = groupSize
  }

  /// Throws where the KL of the model is not divided into such groups.
  func check(_ model: some LatentModel) throws(CompositionError) {
    let count = model.latentCount
    guard groupSize >= 1, count.isMultiple(of: groupSize) else {
      throw CompositionError(
        incompatible:
          "free bits need groups of one size, but \(groupSize) does not divide the model's "
          + "\(count) codes")
    }
    guard groupSize == count || model.codeSites.allSatisfy(\.isFactorized) else {
      throw CompositionError(
        incompatible:
          "free bits for groups of \(groupSize) need the KL of each code, which the model's "
          + "posterior and prior do not tell; make one group of all \(count)")
    }
  }

  /// The KL that is not free, a scalar, of a KL `[batch]` and the sites that it is of.
  func charged(_ kl: Variable, _ sites: [Site]) -> Variable {
    guard let divided = sites.dividedDivergence, groupSize < divided.shape[1] else {
      return kl.mean().clamped(atLeast: nats)
    }
    let means = divided.mean(along: 0).reshaped(to: [-1, groupSize]).sum(along: 1)
    return means.clamped(atLeast: nats).sum()
  }
}
