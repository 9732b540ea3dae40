extension Tokenizer.Kind {
  /// Calls `body` with each symbol of a text, from the front; not for byte pairs.
  func forEachSymbol<E: Error>(
    in text: String, _ body: (Substring) throws(E) -> Void
  ) throws(E) {
    switch self {
    case .words: try Self.forEachWord(in: text, body)
    case .smiles: try Self.forEachAtomOrBond(in: text, body)
    case .characters, .nucleotides, .aminoAcids, .bytePairs:
      var at = text.startIndex
      while at < text.endIndex {
        let next = text.index(after: at)
        try body(text[at..<next])
        at = next
      }
    }
  }

  /// Runs of letters, digits and underscores, with apostrophes between them; any other mark that is
  /// no space stands alone.
  private static func forEachWord<E: Error>(
    in text: String, _ body: (Substring) throws(E) -> Void
  ) throws(E) {
    let scalars = text.unicodeScalars
    var at = scalars.startIndex
    while at < scalars.endIndex {
      let start = at
      if isSpace(scalars[at]) {
        at = scalars.index(after: at)
        continue
      }
      guard isPartOfWord(scalars[at]) else {
        at = scalars.index(after: at)
        try body(text[start..<at])
        continue
      }
      while at < scalars.endIndex {
        let scalar = scalars[at]
        let next = scalars.index(after: at)
        let joins =
          (scalar == "'" || scalar == "’") && next < scalars.endIndex
          && isPartOfWord(scalars[next])
        guard joins || isPartOfWord(scalar) else { break }
        at = next
      }
      try body(text[start..<at])
    }
  }

  private static func isSpace(_ scalar: Unicode.Scalar) -> Bool {
    scalar.isASCII
      ? scalar.value == 0x20 || (0x09...0x0D).contains(scalar.value)
      : scalar.properties.isWhitespace
  }

  private static func isPartOfWord(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case "a"..."z", "A"..."Z", "0"..."9", "_": return true
    case _ where scalar.isASCII: return false
    default:
      switch scalar.properties.generalCategory {
      case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter,
        .nonspacingMark, .spacingMark, .decimalNumber, .letterNumber, .otherNumber:
        return true
      default: return false
      }
    }
  }

  /// An atom in brackets, an atom of two letters, a ring closure of two digits, or one character.
  ///
  /// - Source: Schwaller et al., "Molecular Transformer", arXiv:1811.02633, the pattern of its
  ///   section on tokenization.
  private static func forEachAtomOrBond<E: Error>(
    in text: String, _ body: (Substring) throws(E) -> Void
  ) throws(E) {
    var rest = text[...]
    while let first = rest.first {
      let length: Int
      switch first {
      case "[":
        length =
          rest.firstIndex(of: "]").map { rest.distance(from: rest.startIndex, to: $0) + 1 } ?? 1
      case "B" where rest.hasPrefix("Br"), "C" where rest.hasPrefix("Cl"): length = 2
      case "%": length = rest.dropFirst().prefix(2).allSatisfy(\.isNumber) ? 3 : 1
      default: length = 1
      }
      let symbol = rest.prefix(length)
      try body(symbol)
      rest = rest.dropFirst(symbol.count)
    }
  }

  /// The symbols of kinds whose vocabulary is not made from data.
  var fixedSymbols: [String]? {
    switch self {
    case .nucleotides: "ACGTUNRYSWKMBDHV-".map(String.init)
    case .aminoAcids: "ACDEFGHIKLMNPQRSTVWYBJOUXZ*-".map(String.init)
    case .words, .characters, .smiles, .bytePairs: nil
    }
  }
}
