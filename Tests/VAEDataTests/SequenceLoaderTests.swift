import TensorCore
import Testing
import VAECore
import VAEData

@Suite struct SequenceLoaderTests {
  /// Sequences of 1 to 60 tokens, each with its number in every place but the last.
  static let dataset = SequenceDataset(
    tokens: (0..<1003).map { index in
      var key = RandomKey(seed: 5).folded(with: UInt64(index))
      let length = Int(key.words(1)[0] % 60)
      return Array(repeating: Int32(index + 10), count: length) + [SpecialToken.end]
    }, vocabularySize: 2000, labels: (0..<1003).map { Int32($0) })

  private func batches(
    _ loader: SequenceLoader, epoch: Int, from start: Int = 0
  ) throws -> [Batch<Sequences>] {
    let batches = loader.batches(epoch: epoch, startingAt: start)
    var all: [Batch<Sequences>] = []
    while let batch = try batches.next() { all.append(batch) }
    return all
  }

  private func bytes(_ batches: [Batch<Sequences>]) -> [[Int32]] {
    batches.map { $0.observations.values.integers + ($0.labels?.integers ?? []) }
  }

  /// Steps that hold nothing, of all steps.
  private func padding(_ batches: [Batch<Sequences>]) -> Double {
    let steps = batches.reduce(0) { $0 + $1.observations.count * $1.observations.time }
    let real = batches.reduce(0) { $0 + $1.observations.lengths.reduce(0, +) }
    return 1 - Double(real) / Double(steps)
  }

  @Test(arguments: [1, 7, 32, 1003, 5000])
  func everyExampleComesOnce(batchSize: Int) throws {
    let loader = SequenceLoader(Self.dataset, batchSize: batchSize, seed: 3)
    let all = try batches(loader, epoch: 1)
    #expect(all.count == loader.batchCount)
    #expect(all.flatMap { $0.labels?.integers ?? [] }.sorted() == (0..<1003).map { Int32($0) })
    #expect(all.dropLast().allSatisfy { $0.count == batchSize })
    for batch in all {
      #expect(
        zip(batch.observations.lengths, batch.labels?.integers ?? []).allSatisfy {
          Self.dataset.length(of: Int($1)) == $0
        })
    }
  }

  @Test func anEpochGoesOnAnywhereWithTheSameBytes() throws {
    let loader = SequenceLoader(Self.dataset, batchSize: 16, seed: 3)
    let whole = bytes(try batches(loader, epoch: 2))
    for start in [1, 20, 62, 63, 99] {
      #expect(bytes(try batches(loader, epoch: 2, from: start)) == Array(whole.dropFirst(start)))
    }
    #expect(bytes(try batches(loader, epoch: 3)) != whole)
    let other = SequenceLoader(Self.dataset, batchSize: 16, seed: 4)
    #expect(bytes(try batches(other, epoch: 2)) != whole)
  }

  @Test func batchesAreOfLikeLengthInRandomOrder() throws {
    let ordered = SequenceLoader(Self.dataset, batchSize: 16, isShuffled: false)
    #expect(
      try batches(ordered, epoch: 0).flatMap { $0.labels?.integers ?? [] } == Self.dataset.labels)
    let shuffled = try batches(SequenceLoader(Self.dataset, batchSize: 16, seed: 1), epoch: 0)
    let (before, after) = (padding(try batches(ordered, epoch: 0)), padding(shuffled))
    #expect(before > 0.4 && after < 0.05)
    // Short and long batches are mixed over the epoch.
    let times = shuffled.map(\.observations.time)
    let (first, second) = (times.prefix(31), times.dropFirst(31))
    #expect(first.max() ?? 0 > 45 && second.max() ?? 0 > 45)
    #expect(first.min() ?? 99 < 15 && second.min() ?? 99 < 15)
  }
}
