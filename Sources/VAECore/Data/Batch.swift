package import Layers
public import TensorCore

/// What one step sees together, and how many examples that is.
public protocol CountedBatch {
  /// The number of examples.
  var count: Int { get }
  /// The batch as tensors and what else a computation over it depends on; nil where it is not made of tensors.
  ///
  /// Steps over batches of one signature may be captured.
  var captured: CapturedBatch? { get }
}

extension CountedBatch {
  /// Nil: steps run as they are written.
  public var captured: CapturedBatch? { nil }
}

/// A batch, or a part of one, as a captured computation sees it.
public struct CapturedBatch: Sendable {
  /// The tensors whose numbers change from batch to batch.
  public var tensors: [Tensor]
  /// Everything else, shapes included: batches that agree in it differ in the tensors' numbers alone.
  public var signature: [Int]

  /// One tensor, whose shape and format are its signature.
  public init(_ tensor: Tensor) {
    tensors = [tensor]
    signature = [tensor.shape.rank, tensor.dtype.hashValue] + tensor.shape.dimensions
  }

  /// This and another part of the same batch.
  public func adding(_ other: CapturedBatch) -> CapturedBatch {
    var both = self
    both.tensors += other.tensors
    both.signature += other.signature
    return both
  }

  /// This with numbers that are the same in all batches of the signature.
  public func adding(_ numbers: [Int]) -> CapturedBatch {
    var both = self
    both.signature += numbers
    return both
  }
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

  /// The observations and the labels; nil where the observations are no ``Rows``.
  public var captured: CapturedBatch? {
    guard let seen = (observations as? any Rows)?.captured else { return nil }
    return labels.map { seen.adding(CapturedBatch($0)) } ?? seen.adding([count])
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

extension Capture {
  /// What `body` makes of observations, the parameters and the key.
  ///
  /// `numbers` are what else `body` depends on. The tensors are to be read, or copied, before the next call.
  package func callAsFunction(
    over x: some Rows, _ numbers: [Int] = [], key: RandomKey, _ body: () -> [Tensor?]
  ) -> [Tensor?] {
    let seen = x.captured
    return self(seen.signature + numbers, inputs: seen.tensors, key: key, body)
  }
}
