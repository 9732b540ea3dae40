public import TensorCore

/// The independent streams of random numbers that the seed of a run stands for: whoever folds the seed takes one of these,
/// so that no two uses share a key.
public enum RandomStream: UInt64, CaseIterable, Sendable {
  /// Noise of training steps, a key a batch: of the first player.
  case training
  /// The order of each epoch.
  case shuffle
  /// Values that become zeros and ones.
  case binarization
  /// Which examples are kept for validation.
  case split
  /// Which examples a smaller set has.
  case subset
  /// Noise of validation, a key a batch and the same in every epoch.
  case validation
  /// Noise of training steps of every player but the first: a family of keys for each.
  case players
  /// First weights.
  case weights = 1000
  /// Codes that pictures show.
  case pictures
  /// Samples that evaluation takes.
  case evaluation
  /// First weights of a classifier's head.
  case classifier
}

extension RandomKey {
  /// The start of a stream of the numbers that belong to a seed.
  public init(seed: UInt64, _ stream: RandomStream) {
    self = RandomKey(seed: seed).folded(with: stream.rawValue)
  }
}
