import Synchronization
import Testing

@testable import VAEData

@Suite struct PrefetcherTests {
  final class Witness: Sendable {}

  final class Made: Sendable { let count = Atomic(0) }

  @Test(arguments: [0, 1, 2, 7]) func itemsComeInOrder(depth: Int) throws {
    let items = Prefetcher(3..<40, depth: depth) { $0 * $0 }
    for index in 3..<40 { #expect(try items.next() == index * index) }
    #expect(try items.next() == nil)
    #expect(try items.next() == nil)
  }

  @Test(arguments: [0, 1, 3]) func anErrorComesInItsPlaceAndEndsTheItems(depth: Int) throws {
    let items = Prefetcher(0..<9, depth: depth) { index throws(DataError) -> Int in
      if index == 2 { throw DataError(.bad, "x", "is damaged.") }
      return index
    }
    #expect(try items.next() == 0)
    #expect(try items.next() == 1)
    #expect(throws: DataError.self) { try items.next() }
    #expect(try items.next() == nil)
  }

  @Test(arguments: [1, 2, 5]) func droppingEndsTheThread(depth: Int) throws {
    // The thread holds the closure, and with it the witness, for as long as it runs.
    weak var witness: Witness?
    for taken in 0..<4 {
      do {
        let object = Witness()
        witness = object
        let items = Prefetcher(0..<1000, depth: depth) { [object] index in
          withExtendedLifetime(object) { index }
        }
        for _ in 0..<taken { _ = try items.next() }
      }
      #expect(witness == nil)
    }
  }

  @Test func noMoreThanTheDepthIsMadeAhead() throws {
    let made = Made()
    let items = Prefetcher(0..<100, depth: 3) { index in
      made.count.add(1, ordering: .relaxed)
      return index
    }
    for taken in 1...50 {
      _ = try items.next()
      // What was taken, what waits, and the one that waits for a place.
      #expect(made.count.load(ordering: .relaxed) <= taken + 4)
    }
  }
}
