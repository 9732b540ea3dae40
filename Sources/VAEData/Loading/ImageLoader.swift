public import TensorCore
public import VAECore

/// Hands out a dataset in batches, prepared ahead of time on a thread of their own where that pays.
///
/// The order depends on the seed and the epoch alone, so `batches(epoch:startingAt:)` goes on anywhere
/// with the bytes that an uninterrupted epoch would have had. The last batch may be short.
public struct ImageLoader: BatchSource {
  /// Images `[batch, height, width, channels]` with their labels.
  public typealias Batch = VAECore.Batch<Tensor>

  /// What is handed out.
  public let dataset: ImageDataset
  /// Examples in a batch, but for a short last one.
  public let batchSize: Int
  /// Whether each epoch has an order of its own.
  public let isShuffled: Bool
  /// What decides the order and the binarization.
  public let seed: UInt64
  /// How values become zeros and ones.
  public let binarization: Binarization
  /// Batches prepared ahead; with 0 each is prepared on the caller's thread when it is asked for.
  public let prefetchCount: Int

  /// A loader over `dataset`.
  ///
  /// - Parameters:
  ///   - dataset: What is handed out.
  ///   - batchSize: Examples in a batch, at least 1.
  ///   - isShuffled: Whether each epoch has an order of its own; otherwise the dataset's is kept.
  ///   - seed: What decides the order and the binarization.
  ///   - binarization: How values become zeros and ones.
  ///   - prefetchCount: Batches prepared ahead. When nil, none of images that lie in memory, where
  ///     another thread would take more from training than the copy does, and 2 of any other.
  public init(
    _ dataset: ImageDataset, batchSize: Int, isShuffled: Bool = true, seed: UInt64 = 0,
    binarization: Binarization = .none, prefetchCount: Int? = nil
  ) {
    precondition(batchSize > 0, "a batch of \(batchSize) examples is no batch")
    self.dataset = dataset
    self.batchSize = batchSize
    self.isShuffled = isShuffled
    self.seed = seed
    self.binarization = binarization
    self.prefetchCount = prefetchCount ?? (dataset.source.isImmediate ? 0 : 2)
  }

  /// Examples in an epoch.
  public var exampleCount: Int { dataset.count }

  /// Batches in an epoch, a short last one counted.
  public var batchCount: Int { (dataset.count + batchSize - 1) / batchSize }

  /// The batches of one epoch from batch `start` on; reading throws ``DataError``.
  public func batches(epoch: Int, startingAt start: Int = 0) -> BatchIterator<Batch> {
    precondition(epoch >= 0 && start >= 0, "epochs and batches count from 0")
    let order = order(epoch: epoch)
    let key = RandomKey(seed: seed, .binarization)
    // Epochs of dynamic binarization count from 1, so that none repeats what is sampled once.
    let epochKey = key.folded(with: binarization == .dynamic ? UInt64(epoch) + 1 : 0)
    let range = min(start, batchCount)..<batchCount
    let prefetcher = Prefetcher(range, depth: prefetchCount) { [self] index in
      let examples = (index * batchSize)..<min((index + 1) * batchSize, dataset.count)
      return try batch(order.map { Array($0[examples]) } ?? Array(examples), key: epochKey)
    }
    return BatchIterator { try prefetcher.next() }
  }

  /// The order of an epoch, or nil for the dataset's own.
  private func order(epoch: Int) -> [Int]? {
    guard isShuffled else { return nil }
    var key = RandomKey(seed: seed, .shuffle).folded(with: UInt64(epoch))
    return key.permutation(dataset.count)
  }

  private func batch(_ examples: [Int], key: RandomKey) throws(DataError) -> Batch {
    var images = try dataset.images(at: examples)
    if binarization != .none {
      let size = dataset.imageShape.count
      images.withUnsafeMutableBytes { bytes in
        let values = bytes.bindMemory(to: Float.self)
        for (row, example) in examples.enumerated() {
          binarize(
            UnsafeMutableBufferPointer(rebasing: values[(row * size)..<((row + 1) * size)]),
            key: key.folded(with: UInt64(dataset.originalIndex(of: example))))
        }
      }
    }
    return Batch(
      observations: images, labels: dataset.labels(at: examples), count: examples.count)
  }

  /// Makes the values of one example zeros and ones; `key` belongs to that example alone.
  private func binarize(_ values: UnsafeMutableBufferPointer<Float>, key: RandomKey) {
    switch binarization {
    case .none: break
    case .threshold(let threshold):
      for i in values.indices { values[i] = values[i] > threshold ? 1 : 0 }
    case .sampledOnce, .dynamic:
      var key = key
      // In pieces that a kernel draws on this thread alone.
      for start in stride(from: 0, to: values.count, by: 4096) {
        let words = key.words(min(4096, values.count - start))
        // Uniform in [0, 1), so that 0 is never drawn as 1 nor 1 as 0.
        for (i, word) in words.enumerated() {
          values[start + i] = Float(word >> 8) * 0x1p-24 < values[start + i] ? 1 : 0
        }
      }
    }
  }
}
