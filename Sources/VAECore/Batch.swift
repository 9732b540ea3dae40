public import TensorCore

/// What one step sees together, and how many examples that is.
public protocol CountedBatch {
  /// The number of examples.
  var count: Int { get }
}

/// Observations that a step sees together, with their labels where the data has them.
public struct Batch<Observation>: CountedBatch {
  /// The observations.
  public var observations: Observation
  /// Class of each observation as int32 `[batch]`.
  public var labels: Tensor?
  /// How many observations there are.
  public var count: Int

  /// A batch of `count` observations.
  public init(observations: Observation, labels: Tensor? = nil, count: Int) {
    self.observations = observations
    self.labels = labels
    self.count = count
  }
}

extension Batch: Sendable where Observation: Sendable {}

/// Data in batches whose order depends on nothing but the epoch, so that a run can be resumed
/// anywhere.
public protocol BatchSource<Batch>: Sendable {
  /// What one step sees.
  associatedtype Batch: Sendable
  /// Examples in an epoch.
  var exampleCount: Int { get }
  /// Batches in an epoch; the last may be short.
  var batchCount: Int { get }
  /// The batches of one epoch from batch `start` on; the same arguments give the same bytes.
  func batches(epoch: Int, startingAt start: Int) -> BatchIterator<Batch>
}

/// Hands out batches one by one; reading may fail.
public struct BatchIterator<Batch> {
  private let produce: () throws -> Batch?

  /// An iterator over what `produce` returns until it returns nil.
  public init(_ produce: @escaping () throws -> Batch?) { self.produce = produce }

  /// The next batch, or nil at the end of the epoch.
  public func next() throws -> Batch? { try produce() }
}
