internal import TensorCore
public import VAECore

/// Hands out sequences in batches, shuffled ones of like length.
///
/// The order depends on the seed and the epoch alone, so `batches(epoch:startingAt:)` goes on
/// anywhere with the bytes that an uninterrupted epoch would have had. The last batch may be short.
public struct SequenceLoader: BatchSource {
  /// Padded sequences with their labels.
  public typealias Batch = VAECore.Batch<Sequences>

  /// What is handed out.
  public let dataset: SequenceDataset
  /// Examples in a batch, but for a short last one.
  public let batchSize: Int
  /// Whether each epoch has an order of its own; otherwise the dataset's is kept.
  public let isShuffled: Bool
  /// What decides the order.
  public let seed: UInt64

  /// A loader over `dataset`, with batches of at least 1.
  public init(
    _ dataset: SequenceDataset, batchSize: Int, isShuffled: Bool = true, seed: UInt64 = 0
  ) {
    precondition(batchSize > 0, "a batch of \(batchSize) examples is no batch")
    self.dataset = dataset
    self.batchSize = batchSize
    self.isShuffled = isShuffled
    self.seed = seed
  }

  /// Examples in an epoch.
  public var exampleCount: Int { dataset.count }

  /// Batches in an epoch, a short last one counted.
  public var batchCount: Int { (dataset.count + batchSize - 1) / batchSize }

  /// The batches of one epoch from batch `start` on; reading throws ``DataError``.
  public func batches(epoch: Int, startingAt start: Int = 0) -> BatchIterator<Batch> {
    precondition(epoch >= 0 && start >= 0, "epochs and batches count from 0")
    let order = order(epoch: epoch)
    let range = min(start, batchCount)..<batchCount
    let prefetcher = Prefetcher(range, depth: 2) { [self] index in
      let examples = order[(index * batchSize)..<min((index + 1) * batchSize, dataset.count)]
      return Batch(
        observations: try dataset.sequences(at: examples), labels: dataset.labels(at: examples),
        count: examples.count)
    }
    return BatchIterator { try prefetcher.next() }
  }

  /// Batches that are made of one pool of examples.
  private static let poolSize = 64

  /// The epoch's examples, batch after batch.
  ///
  /// A random order is cut into pools, each sorted by length and cut into batches, whose order is
  /// random again. What does not fill a batch comes last, and is chosen at random too.
  private func order(epoch: Int) -> [Int] {
    guard isShuffled else { return Array(0..<dataset.count) }
    var key = RandomKey(seed: seed, .shuffle).folded(with: UInt64(epoch))
    var order = key.permutation(dataset.count)
    let full = dataset.count / batchSize
    let pool = Self.poolSize * batchSize
    for start in stride(from: 0, to: full * batchSize, by: pool) {
      order[start..<min(start + pool, full * batchSize)].sort {
        let (first, second) = (dataset.length(of: $0), dataset.length(of: $1))
        return first != second ? first < second : $0 < $1
      }
    }
    let rest = order[(full * batchSize)...]
    return key.permutation(full).flatMap { order[($0 * batchSize)..<(($0 + 1) * batchSize)] } + rest
  }
}
