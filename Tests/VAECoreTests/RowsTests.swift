import TensorCore
import Testing
import VAECore

/// A batch of one's own with sequences in it, which states `map` alone.
private struct Pair: Rows {
  var texts: Sequences
  var ages: Tensor

  func map(_ f: (Tensor) -> Tensor) -> Pair { Pair(texts: texts.map(f), ages: f(ages)) }
}

// As generic code sees them, where a witness counts and an extension does not.
private func picked<R: Rows>(_ x: R, _ rows: [Int]) -> R {
  x.gathered(Tensor(rows, shape: [rows.count]))
}
private func repeated<R: Rows>(_ x: R, _ count: Int) -> R { x.repeated(count) }

@Suite struct RowsTests {
  private let texts = Sequences(padding: [[5, 2], [6, 7, 8, 2], [9, 9, 2]])
  private let ages = Tensor([10, 20, 30] as [Float], shape: [3])

  @Test func sequencesKeepTheirLengths() {
    #expect(picked(texts, [2, 0, 2]).lengths == [3, 2, 3])
    #expect(picked(texts, [2, 0, 1]).lengths == [3, 2, 4])
    #expect(repeated(texts, 2).lengths == [2, 2, 4, 4, 3, 3])
  }

  @Test func sequencesInsideOtherRowsDoToo() {
    let labelled = Labelled(texts, labels: Tensor([0, 1, -1] as [Int32], shape: [3]))
    let pair = Pair(texts: texts, ages: ages)
    for rows in [[2, 0, 1], [1], [1, 1, 0, 2]] {
      let lengths = rows.map { texts.lengths[$0] }
      #expect(picked(labelled, rows).observations.lengths == lengths)
      #expect(picked(labelled, rows).labels.integers == rows.map { [0, 1, -1][$0] })
      #expect(picked(pair, rows).texts.lengths == lengths)
      #expect(picked(pair, rows).ages.floats == rows.map { Float($0 + 1) * 10 })
    }
    #expect(repeated(labelled, 2).observations.lengths == [2, 2, 4, 4, 3, 3])
    #expect(repeated(pair, 2).texts.lengths == [2, 2, 4, 4, 3, 3])
    #expect(repeated(Blank(rowCount: 3), 4).rowCount == 12)
  }
}
