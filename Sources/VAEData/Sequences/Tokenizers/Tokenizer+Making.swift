internal import VAECore

/// Makes a tokenizer from texts, seen one by one.
struct TokenizerMaker {
  private let options: TextOptions
  private var counts: [String: Int] = [:]
  private var pairs = BytePairTrainer()

  init(_ options: TextOptions) { self.options = options }

  mutating func add(_ text: String) {
    let text = options.lowercase ? text.lowercased() : text
    switch options.tokenizer {
    case .bytePairs: pairs.add(text)
    case .nucleotides, .aminoAcids: break
    case .words, .characters, .smiles:
      options.tokenizer.forEachSymbol(in: text) { counts[String($0), default: 0] += 1 }
    }
  }

  /// The most frequent symbols come first; those equally frequent in the order of their bytes.
  func tokenizer() -> Tokenizer {
    if options.tokenizer == .bytePairs {
      return Tokenizer(
        kind: .bytePairs, isLowercased: options.lowercase,
        alphabet: .bytePairs(pairs.pairs(limit: options.merges)))
    }
    let kept = counts.filter {
      $0.value >= (options.tokenizer == .words ? options.minimumCount : 1)
    }
    .sorted { a, b in
      a.value != b.value
        ? a.value > b.value : Array(a.key.utf8).lexicographicallyPrecedes(Array(b.key.utf8))
    }
    .map(\.key)
    let limit = options.tokenizer == .words ? options.maximumVocabulary ?? .max : .max
    let symbols =
      options.tokenizer.fixedSymbols
      ?? Array(kept.prefix(max(0, limit == .max ? .max : limit - Int(SpecialToken.count))))
    return Tokenizer(
      kind: options.tokenizer, isLowercased: options.lowercase,
      alphabet: .symbols(SymbolTable(symbols)))
  }
}
