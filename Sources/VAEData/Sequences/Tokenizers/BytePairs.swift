/// Byte-pair encoding: bytes, and pairs of tokens that are one token more.
///
/// Text is cut into words, each with the space before it, and no pair reaches over a cut. Any text
/// comes back as it was, since every byte is a token.
///
/// - Source: Sennrich, Haddow and Birch, arXiv:1508.07909; bytes as symbols as in Radford et al.,
///   "Language Models are Unsupervised Multitask Learners", 2019.
struct BytePairs: Sendable, Hashable {
  /// Two tokens that become one.
  struct Pair: Sendable, Hashable {
    let left: Int32
    let right: Int32
  }

  /// The pairs in the order they were found; the first is token 256.
  let merges: [Pair]
  private let ranks: [Pair: Int32]
  private let bytes: [[UInt8]]

  init(merges: [Pair]) {
    self.merges = merges
    ranks = Dictionary(
      zip(merges, 0...).map { ($0, Int32($1)) }, uniquingKeysWith: { first, _ in first })
    var bytes = (0...255).map { [UInt8($0)] }
    for merge in merges { bytes.append(bytes[Int(merge.left)] + bytes[Int(merge.right)]) }
    self.bytes = bytes
  }

  var tokenCount: Int { bytes.count }

  func encode(_ text: String) -> [Int32] {
    var tokens: [Int32] = []
    Self.forEachWord(in: Array(text.utf8)) { tokens += merged($0.map { Int32($0) }) }
    return tokens
  }

  /// The tokens of a word: of all neighbours the pair found earliest is joined first.
  private func merged(_ word: [Int32]) -> [Int32] {
    var word = word
    while word.count > 1 {
      var best: (rank: Int32, place: Int)?
      for place in 0..<(word.count - 1) {
        guard let rank = ranks[Pair(left: word[place], right: word[place + 1])],
          rank < best?.rank ?? .max
        else { continue }
        best = (rank, place)
      }
      guard let best else { break }
      word.replaceSubrange(best.place...(best.place + 1), with: CollectionOfOne(256 + best.rank))
    }
    return word
  }

  func decode(_ tokens: [Int32]) -> String {
    let joined = tokens.flatMap { bytes.indices.contains(Int($0)) ? bytes[Int($0)] : [] }
    return String(decoding: joined, as: UTF8.self)
  }

  /// Cuts before each space that follows something else.
  static func forEachWord(in text: [UInt8], _ body: (ArraySlice<UInt8>) -> Void) {
    var start = 0
    for place in text.indices.dropFirst() where text[place] == 0x20 && text[place - 1] != 0x20 {
      body(text[start..<place])
      start = place
    }
    if start < text.count { body(text[start...]) }
  }
}

/// Finds the pairs of a text that are worth a token.
struct BytePairTrainer {
  private var counts: [[UInt8]: Int] = [:]

  mutating func add(_ text: String) {
    BytePairs.forEachWord(in: Array(text.utf8)) { counts[Array($0), default: 0] += 1 }
  }

  /// The most frequent pair, again and again, until there are `limit` or none comes twice; of pairs
  /// equally frequent the one with the smaller tokens.
  func pairs(limit: Int) -> BytePairs {
    var words = counts.sorted { $0.key.lexicographicallyPrecedes($1.key) }
      .map { (tokens: $0.key.map { Int32($0) }, count: $0.value) }
    var frequency: [BytePairs.Pair: Int] = [:]
    var places: [BytePairs.Pair: Set<Int>] = [:]
    func change(_ place: Int, by sign: Int) {
      let word = words[place]
      for (left, right) in zip(word.tokens, word.tokens.dropFirst()) {
        let pair = BytePairs.Pair(left: left, right: right)
        frequency[pair, default: 0] += sign * word.count
        if sign > 0 { places[pair, default: []].insert(place) }
      }
    }
    for place in words.indices { change(place, by: 1) }
    var merges: [BytePairs.Pair] = []
    while merges.count < limit {
      let best = frequency.max { a, b in
        (a.value, b.key.left, b.key.right) < (b.value, a.key.left, a.key.right)
      }
      guard let best, best.value > 1 else { break }
      let token = Int32(256 + merges.count)
      merges.append(best.key)
      for place in places[best.key] ?? [] {
        change(place, by: -1)
        words[place].tokens = Self.joining(best.key, as: token, in: words[place].tokens)
        change(place, by: 1)
      }
      frequency[best.key] = nil
      places[best.key] = nil
    }
    return BytePairs(merges: merges)
  }

  private static func joining(
    _ pair: BytePairs.Pair, as token: Int32, in word: [Int32]
  ) -> [Int32] {
    var result: [Int32] = []
    for symbol in word {
      if symbol == pair.right, result.last == pair.left {
        // A token made just now is no left side, so that "aaa" becomes "aa" and "a".
        result[result.count - 1] = token
      } else {
        result.append(symbol)
      }
    }
    return result
  }
}
