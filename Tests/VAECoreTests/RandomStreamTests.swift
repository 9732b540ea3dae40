import TensorCore
import Testing
import VAECore

@Suite struct RandomStreamTests {
  @Test(arguments: [0, 1, 2, 42, UInt64.max]) func keysOfDifferentUsesNeverCoincide(
    seed: UInt64
  ) {
    // The start of each stream, its batches or epochs, and those of players, whose keys are a family each.
    var keys = [RandomKey(seed: seed)]
    for stream in RandomStream.allCases {
      let key = RandomKey(seed: seed, stream)
      keys.append(key)
      keys += (0..<500).map { key.folded(with: $0) }
      // Orders of steps ahead lie behind those of the others.
      keys += (1...3).flatMap { player in (0..<50).map { key.folded(with: player << 30 + $0) } }
      guard stream == .players else { continue }
      keys += (1...8).flatMap { player in
        (0..<500).map { key.folded(with: player).folded(with: $0) }
      }
    }
    #expect(Set(keys.map(\.key)).count == keys.count)
  }

  @Test func streamsAreDistinct() {
    let streams = RandomStream.allCases.map(\.rawValue)
    #expect(Set(streams).count == streams.count)
    // The weights that runs were trained to depend on it.
    #expect(RandomStream.training.rawValue == 0 && RandomStream.shuffle.rawValue == 1)
  }
}
