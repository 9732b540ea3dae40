/// Looks out for a collapse of the posterior, epoch by epoch, and tells of one that lasts.
///
/// Codes are not used where KL is below ``leastKL``, or fewer than a tenth of the latent dimensions are
/// active. KL that is on the rise is on its way out of that, and an epoch that it rises in does not count.
///
/// - Source: Bowman et al., arXiv:1511.06349, section 3.1, where KL vanishes since the decoder does
///   without codes.
public struct CollapseWatch: Sendable {
  /// KL below this, in nats an example, counts as vanished.
  public static let leastKL = 0.1
  /// A collapse is told of when it has lasted so many epochs beyond the first.
  public static let patience = 5

  private var lastKL: Double?
  /// Epochs without use of the code since KL last rose.
  private var epochs = 0
  /// Epochs without use of the code after the warm-up, but those in which KL rose.
  private var settledEpochs = 0
  private var seen = ""

  /// A watch that has seen nothing yet.
  public init() {}

  /// Hears what an epoch's end was measured to be; says in words when codes have long been out of use.
  ///
  /// The first epoch does not count: training may only have begun.
  ///
  /// - Parameters:
  ///   - evaluation: What was measured.
  ///   - isWarmingUp: Whether the weight of KL is still on its way, so that a collapse may end with it.
  /// - Returns: The words, once for each collapse.
  public mutating func warning(
    _ evaluation: Evaluation, isWarmingUp: Bool = false
  ) -> String? {
    guard let kl = evaluation.kl else { return nil }
    let (active, all) = (evaluation.activeUnits, evaluation.codeVariance.count)
    defer { lastKL = kl }
    guard kl < Self.leastKL || active * 10 < all else {
      (epochs, settledEpochs) = (0, 0)
      return nil
    }
    let rounded = (kl * 1000).rounded() / 1000
    seen = "KL is \(rounded) nats an example and \(active) of \(all) codes are active"
    guard let lastKL else { return nil }
    guard kl <= lastKL * 1.1 else {
      epochs = 0
      return nil
    }
    epochs += 1
    settledEpochs += isWarmingUp ? 0 : 1
    guard !isWarmingUp, settledEpochs == Self.patience else { return nil }
    return "the posterior collapses: \(Self.sentence(seen))"
  }

  /// Says in words that codes are out of use as training ends, and have been for more than an epoch; nil
  /// where they are not.
  public var standing: String? {
    epochs > 0 ? "the posterior has collapsed: \(Self.sentence(seen))" : nil
  }

  private static func sentence(_ seen: String) -> String {
    "\(seen), so the decoder hardly uses its code; try a longer or cyclical warm-up of the KL weight, "
      + "free bits, word dropout in a decoder of sequences, or lagging-encoder training"
  }
}
