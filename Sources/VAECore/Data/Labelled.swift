public import TensorCore

/// Observations with their class, for models that see both.
public struct Labelled<Observation: Rows>: Rows {
  /// The observations.
  public var observations: Observation
  /// The class of each as int32 `[batch]`; ``missing`` where it is not known.
  public var labels: Tensor

  /// The label of an observation whose class is not known.
  public static var missing: Int32 { -1 }

  /// Observations with their classes.
  public init(_ observations: Observation, labels: Tensor) {
    self.observations = observations
    self.labels = labels
  }

  /// Both through `f`.
  public func map(_ f: (Tensor) -> Tensor) -> Labelled {
    Labelled(observations.map(f), labels: f(labels))
  }
  /// Both.
  public func repeated(_ count: Int) -> Labelled {
    Labelled(observations.repeated(count), labels: labels.repeated(count))
  }
  /// Both.
  public func gathered(_ rows: Tensor) -> Labelled {
    Labelled(observations.gathered(rows), labels: labels.gathered(rows, along: 0))
  }
  /// Both.
  public var captured: CapturedBatch { observations.captured.adding(CapturedBatch(labels)) }
}

extension BatchSource {
  /// The same batches with other observations, such as what a model of one's own sees of them.
  public func map<Old: Rows, New: Rows>(
    _ change: @escaping @Sendable (VAECore.Batch<Old>) throws -> New
  ) -> some BatchSource<VAECore.Batch<New>> where Batch == VAECore.Batch<Old> {
    ChangedSource(base: self, change: change)
  }

  /// The same batches with their labels beside the observations; examples without are ``Labelled/missing``.
  public func labelled<Observation: Rows>() -> some BatchSource<
    VAECore.Batch<Labelled<Observation>>
  >
  where Batch == VAECore.Batch<Observation> {
    map { batch in
      let missing = Tensor(
        [Int32](repeating: Labelled<Observation>.missing, count: batch.count), shape: [batch.count])
      return Labelled(batch.observations, labels: batch.labels ?? missing)
    }
  }
}

private struct ChangedSource<Base: BatchSource, Old: Rows, New: Rows>: BatchSource
where Base.Batch == VAECore.Batch<Old> {
  typealias Batch = VAECore.Batch<New>
  let base: Base
  let change: @Sendable (VAECore.Batch<Old>) throws -> New

  var exampleCount: Int { base.exampleCount }
  var batchCount: Int { base.batchCount }

  func batches(epoch: Int, startingAt start: Int) -> BatchIterator<Batch> {
    let batches = base.batches(epoch: epoch, startingAt: start)
    return BatchIterator {
      try batches.next().map {
        Batch(observations: try change($0), labels: $0.labels, count: $0.count)
      }
    }
  }
}
