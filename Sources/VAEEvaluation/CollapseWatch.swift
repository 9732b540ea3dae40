/// Looks out for a collapse of the posterior, epoch by epoch, and tells of it once.
///
/// - Source: Bowman et al., arXiv:1511.06349, section 3.1, where KL vanishes since the decoder does
///   without codes.
public struct CollapseWatch: Sendable {
  /// KL below this, in nats an example, counts as vanished.
  public static let leastKL = 0.1

  private var lastKL: Double?
  private var hasTold = false

  /// A watch that has seen nothing yet.
  public init() {}

  /// Hears what an epoch's end was measured to be; says in words when codes are no longer used.
  ///
  /// They are not where KL is below ``leastKL``, or fewer than a tenth of the latent dimensions are
  /// active. KL that is on the rise gets an epoch more, and so does the first epoch: training may
  /// only have begun.
  ///
  /// - Parameters:
  ///   - evaluation: What was measured.
  ///   - isWarmingUp: Whether the weight of KL is still so small that nothing follows.
  /// - Returns: The words, once.
  public mutating func warning(
    _ evaluation: Evaluation, isWarmingUp: Bool = false
  ) -> String? {
    guard let kl = evaluation.kl else { return nil }
    let (active, all) = (evaluation.activeUnits, evaluation.codeVariance.count)
    defer { lastKL = isWarmingUp ? nil : kl }
    guard !hasTold, !isWarmingUp, let lastKL, kl <= lastKL * 1.1 else { return nil }
    guard kl < Self.leastKL || active * 10 < all else { return nil }
    hasTold = true
    let rounded = (kl * 1000).rounded() / 1000
    return
      "the posterior collapses: KL is \(rounded) nats an example and \(active) of \(all) codes "
      + "are active, so the decoder hardly uses its code; try a longer or cyclical warm-up of the "
      + "KL weight, free bits, word dropout in a decoder of sequences, or lagging-encoder training"
  }
}
