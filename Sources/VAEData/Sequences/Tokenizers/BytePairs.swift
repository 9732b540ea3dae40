internal import VAECore

/// The 256 bytes and the tokens that merges make of them.
struct BytePairs: Sendable, Hashable {
  /// Two tokens side by side, counted from 0, the first in the high half.
  typealias Pair = UInt64

  /// The pairs that are joined, the earliest first; each makes the next token.
  let merges: [Pair]
  private let ranks: [Pair: Int32]
  /// The bytes of every token.
  private let texts: [[UInt8]]

  static func pair(_ first: Int32, _ second: Int32) -> Pair {
    UInt64(UInt32(first)) << 32 | UInt64(UInt32(second))
  }

  static func tokens(of pair: Pair) -> (first: Int, second: Int) {
    (Int(pair >> 32), Int(pair & 0xFFFF_FFFF))
  }

  /// Merges of tokens that stand before them; nil where one does not.
  init?(_ merges: [Pair]) {
    var texts = (0...UInt8.max).map { [$0] }
    var ranks: [Pair: Int32] = [:]
    for (rank, merge) in merges.enumerated() {
      let (first, second) = Self.tokens(of: merge)
      guard first < texts.count, second < texts.count, ranks[merge] == nil else { return nil }
      ranks[merge] = Int32(rank)
      texts.append(texts[first] + texts[second])
    }
    self.merges = merges
    self.ranks = ranks
    self.texts = texts
  }

  var tokenCount: Int { texts.count }

  /// The bytes of a token.
  subscript(token: Int) -> [UInt8] { texts[token] }

  /// Adds the tokens of a unit, as the vocabulary of a tokenizer numbers them.
  func append(_ unit: UnsafeRawBufferPointer, to tokens: inout [Int32]) {
    let start = tokens.count
    tokens.append(contentsOf: unit.lazy.map { Int32($0) })
    while true {
      var best: Int32 = .max
      for place in start..<max(start, tokens.count - 1) {
        let rank = ranks[Self.pair(tokens[place], tokens[place + 1])] ?? .max
        best = min(best, rank)
      }
      guard best < .max else { break }
      Self.join(merges[Int(best)], into: 256 + best, in: &tokens, from: start)
    }
    for place in start..<tokens.count { tokens[place] += Int32(SpecialToken.count) }
  }

  /// Puts `joined` in the place of a pair, wherever it stands from `start` on.
  static func join(_ pair: Pair, into joined: Int32, in tokens: inout [Int32], from start: Int = 0)
  {
    let (first, second) = (Int32(pair >> 32), Int32(pair & 0xFFFF_FFFF))
    var (read, write) = (start, start)
    while read < tokens.count {
      let matches = tokens[read] == first && read + 1 < tokens.count && tokens[read + 1] == second
      tokens[write] = matches ? joined : tokens[read]
      read += matches ? 2 : 1
      write += 1
    }
    tokens.removeLast(tokens.count - write)
  }

  /// Learns up to `count` merges from units and how often each comes.
  ///
  /// Of pairs that come equally often the one with the smaller first, then second token is joined, and
  /// none that comes once.
  static func learn(_ count: Int, units: TokenTable, counts: [Int]) -> BytePairs {
    var words = (0..<units.count).map { units[$0].map { Int32($0) } }
    var totals: [Pair: Int] = [:]
    // The words that a pair stood in at some time.
    var places: [Pair: [Int32]] = [:]
    func visit(_ word: [Int32], _ body: (Pair) -> Void) {
      for (first, second) in zip(word, word.dropFirst()) { body(pair(first, second)) }
    }
    for (index, word) in words.enumerated() {
      visit(word) {
        totals[$0, default: 0] += counts[index]
        if places[$0]?.last != Int32(index) { places[$0, default: []].append(Int32(index)) }
      }
    }
    var merges: [Pair] = []
    while merges.count < count {
      guard
        let best = totals.max(by: { ($0.value, $1.key) < ($1.value, $0.key) }), best.value > 1
      else { break }
      let joined = Int32(256 + merges.count)
      merges.append(best.key)
      for index in Set((places[best.key] ?? []).map { Int($0) }) {
        visit(words[index]) { totals[$0, default: 0] -= counts[index] }
        join(best.key, into: joined, in: &words[index])
        visit(words[index]) {
          totals[$0, default: 0] += counts[index]
          let isNew = Int32($0 >> 32) == joined || Int32($0 & 0xFFFF_FFFF) == joined
          if isNew { places[$0, default: []].append(Int32(index)) }
        }
      }
      totals[best.key] = nil
      places[best.key] = nil
      if merges.count % 64 == 0 { totals = totals.filter { $0.value > 0 } }
    }
    guard let pairs = BytePairs(merges) else { preconditionFailure("merges of tokens to come") }
    return pairs
  }
}
