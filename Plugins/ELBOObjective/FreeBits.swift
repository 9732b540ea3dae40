internal import TensorCore

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

  /// The KL term, a scalar, for the shares of the dimensions `[batch, latentCount]`.
  func callAsFunction(_ perDimension: Variable) -> Variable {
    let means = perDimension.mean(along: 0).reshaped(to: [-1, groupSize]).sum(along: 1)
    return means.clamped(atLeast: nats).sum()
  }
}
