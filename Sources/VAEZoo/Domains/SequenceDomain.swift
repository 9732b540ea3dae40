/// Sequences of some kind, which are fed by steps and read in batches of like length.
public protocol SequenceDomain: Domain where Part == SequenceDataset {
  /// What a step is.
  var steps: SequenceFormat { get }
  /// Steps of the longest sequence.
  var longest: Int { get }
}

extension SequenceDomain {
  /// Batches of sequences of like length.
  public func batches(
    of part: SequenceDataset, _ reading: Reading, size: Int, isShuffled: Bool, seed: UInt64
  ) -> any BatchSource<Batch<Sequences>> {
    SequenceLoader(part, batchSize: size, isShuffled: isShuffled, seed: seed)
  }

  /// Offers the format of steps.
  public func offer(to assembly: Assembly) {
    assembly.offer(.steps) { _ in steps }
    assembly.offer(.longest) { _ in longest }
    assembly.offer(.observationShape) { _ in steps.stepShape }
  }

  /// How often each token stands in a text, or the mean frame.
  public var rawFeatures: (any FeatureExtractor<Sequences>)? {
    StepFeatures(stepShape: steps.stepShape)
  }
}
