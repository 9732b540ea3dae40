/// Counts the tokens of text, one example after the other, to make a tokenizer of what it has seen.
struct Vocabulary {
  private let options: TextOptions
  /// What finds the tokens; its own vocabulary is empty, or fixed.
  private let scanner: Tokenizer
  private var table = TokenTable()
  private var counts: [Int] = []

  init(_ options: TextOptions) {
    self.options = options
    let isNatural = options.tokenizer == .words || options.tokenizer == .characters
    let lowercase = options.lowercase && (isNatural || options.tokenizer == .bytePairs)
    scanner = Tokenizer(
      options.tokenizer, lowercase: lowercase,
      table: TokenTable(Self.alphabet(options.tokenizer).utf8.map { [$0] }))
  }

  /// The tokens of a kind whose vocabulary no data decides.
  private static func alphabet(_ kind: Tokenizer.Kind) -> String {
    switch kind {
    case .nucleotides: "ACGTUNRYSWKMBDHV-"
    case .aminoAcids: "ACDEFGHIKLMNPQRSTVWYBZXJUO*-"
    case .words, .characters, .smiles, .bytePairs: ""
    }
  }

  /// Counts the tokens of a text; how many there are, an end token counted.
  mutating func add(_ text: [UInt8]) throws(TokenError) -> Int {
    switch scanner.kind {
    case .nucleotides, .aminoAcids: return try scanner.encode(text).count
    case .words, .characters, .smiles, .bytePairs: break
    }
    var (places, failure) = ([Range<Int>](), TokenError?.none)
    scanner.normalized(text).withUnsafeBytes { text in
      do throws(TokenError) {
        while let place = try scanner.kind.token(in: text, at: places.last?.upperBound ?? 0) {
          places.append(place)
        }
        // A text that is refused leaves nothing in the vocabulary.
        for place in places { count(UnsafeRawBufferPointer(rebasing: text[place])) }
      } catch { failure = error }
    }
    if let failure { throw failure }
    return 1 + places.count
  }

  private mutating func count(_ token: UnsafeRawBufferPointer) {
    let index = table.insert(token)
    if index == counts.count { counts.append(0) }
    counts[index] += 1
  }

  /// A tokenizer of what was counted: the most frequent first, then in the order of their bytes.
  func tokenizer() -> Tokenizer {
    switch scanner.kind {
    case .nucleotides, .aminoAcids: return scanner
    case .bytePairs:
      return Tokenizer(
        pairs: .learn(options.merges, units: table, counts: counts), lowercase: scanner.lowercase)
    case .words, .characters, .smiles: break
    }
    let isLimited = scanner.kind == .words
    // The unknown token has a number of its own.
    let unknown = Array("<unk>".utf8)
    let kept = counts.indices.filter {
      !isLimited || counts[$0] >= options.minimumCount && !table[$0].elementsEqual(unknown)
    }
    let order = kept.sorted {
      counts[$0] != counts[$1]
        ? counts[$0] > counts[$1] : table[$0].lexicographicallyPrecedes(table[$1])
    }
    let limit = isLimited ? options.maximumVocabulary ?? .max : .max
    return Tokenizer(
      scanner.kind, lowercase: scanner.lowercase,
      table: TokenTable(order.prefix(limit).map { Array(table[$0]) }))
  }
}
