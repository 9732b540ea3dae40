internal import Layers
internal import TensorCore

/// Nats at which the KL is held, rising in a straight line as training goes on, so that codes are taken
/// into use one after the other.
///
/// The KL term becomes |KL - C|, of the KL averaged over the batch.
///
/// - Source: Burgess et al., "Understanding disentangling in β-VAE", arXiv:1804.03599, equation 8,
///   whose γ is the weight of the KL term.
public struct Capacity: Sendable, Hashable {
  /// C in the end, in nats.
  public var nats: Double
  /// Steps over which C rises from 0.
  public var steps: Int

  public init(_ nats: Double, steps: Int) {
    precondition(nats >= 0 && steps >= 0, "a capacity rises from 0 over steps")
    self.nats = nats
    self.steps = steps
  }

  /// C as a part of an objective; nil where it is the same at every step.
  var scheduled: Scheduled? { steps == 0 ? nil : .linear(from: 0, to: nats, steps: steps) }

  /// |KL - C|, a scalar; `now` is C where it changes.
  func charged(_ kl: Variable, _ now: Variable?) -> Variable {
    (now.map { kl.mean() - $0 } ?? (kl.mean() - nats)).absolute()
  }
}
