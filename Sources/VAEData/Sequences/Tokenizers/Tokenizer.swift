internal import VAECore

/// How text becomes tokens and back; a value that a run keeps as JSON.
///
/// The tokens of ``SpecialToken`` come first, then the vocabulary's own.
public struct Tokenizer: Sendable, Hashable {
  /// What a token is.
  public enum Kind: String, Sendable, Hashable, Codable, CaseIterable {
    /// Words, numbers and single marks of punctuation.
    case words
    /// Characters as a person sees them.
    case characters
    /// Atoms, bonds, branches and ring closures of molecules in SMILES.
    case smiles
    /// Bases of DNA or RNA, with the letters for ambiguous ones.
    case nucleotides
    /// Amino acids of proteins, with the letters for ambiguous ones.
    case aminoAcids = "amino_acids"
    /// Frequent runs of bytes, found in the data.
    case bytePairs = "byte_pairs"
  }

  /// What a token is.
  public let kind: Kind
  /// Whether text is put in lower case first.
  public let isLowercased: Bool
  let alphabet: Alphabet

  /// The vocabulary behind the special tokens.
  enum Alphabet: Sendable, Hashable {
    case symbols(SymbolTable)
    case bytePairs(BytePairs)
  }

  init(kind: Kind, isLowercased: Bool, alphabet: Alphabet) {
    self.kind = kind
    self.isLowercased = isLowercased
    self.alphabet = alphabet
  }

  /// Tokens in all, the special ones counted.
  public var vocabularySize: Int {
    switch alphabet {
    case .symbols(let table): Int(SpecialToken.count) + table.symbols.count
    case .bytePairs(let pairs): Int(SpecialToken.count) + pairs.tokenCount
    }
  }

  /// The tokens of a text, ``SpecialToken/end`` last.
  ///
  /// A word that the vocabulary does not hold becomes ``SpecialToken/unknown``.
  ///
  /// - Throws: ``TokenizerError`` for anything else that it does not hold.
  public func encode(_ text: String) throws(TokenizerError) -> [Int32] {
    let text = isLowercased ? text.lowercased() : text
    var tokens: [Int32] = []
    switch alphabet {
    case .bytePairs(let pairs):
      tokens = pairs.encode(text).map { $0 + Int32(SpecialToken.count) }
    case .symbols(let table):
      let start = text.startIndex
      try kind.forEachSymbol(in: text) { symbol throws(TokenizerError) in
        if let token = table.index[String(symbol)] {
          tokens.append(token)
        } else if kind == .words {
          tokens.append(SpecialToken.unknown)
        } else {
          let place = text.distance(from: start, to: symbol.startIndex) + 1
          throw TokenizerError(symbol: String(symbol), place: place)
        }
      }
    }
    tokens.append(SpecialToken.end)
    return tokens
  }

  /// The text of tokens up to the end token; padding and start tokens are left out.
  public func decode(_ tokens: some Sequence<Int32>) -> String {
    let own = tokens.prefix { $0 != SpecialToken.end }
      .filter { $0 != SpecialToken.padding && $0 != SpecialToken.start }
    switch alphabet {
    case .bytePairs(let pairs):
      return pairs.decode(own.map { $0 - Int32(SpecialToken.count) })
    case .symbols(let table):
      let symbols = own.map { table.symbol(of: $0) }
      return kind == .words ? Self.joined(symbols) : symbols.joined()
    }
  }

  /// Words with a space between them, but for punctuation that hangs on to its neighbour.
  private static func joined(_ words: [String]) -> String {
    var text = ""
    var hangs = true
    for word in words {
      if !hangs && !closing.contains(word) { text += " " }
      text += word
      hangs = opening.contains(word)
    }
    return text
  }

  private static let closing: Set<String> = [
    ".", ",", "!", "?", ";", ":", ")", "]", "}", "%", "…", "”", "’",
  ]
  private static let opening: Set<String> = ["(", "[", "{", "$", "£", "€", "“", "‘", "#", "@"]
}

/// A part of a text that a tokenizer's vocabulary does not hold.
public struct TokenizerError: Error, Sendable, Equatable, CustomStringConvertible {
  /// What is not held.
  public let symbol: String
  /// The character it begins at, counted from 1.
  public let place: Int

  /// One sentence, to follow the name of a file or an option.
  public var description: String {
    "'\(symbol)' (character \(place)) is not in the vocabulary; correct it, or leave the text out"
  }
}

/// Symbols by token and back.
struct SymbolTable: Sendable, Hashable {
  /// The vocabulary's own symbols, in the order of their tokens.
  let symbols: [String]
  let index: [String: Int32]

  init(_ symbols: [String]) {
    self.symbols = symbols
    index = Dictionary(
      zip(symbols, Int32(SpecialToken.count)...), uniquingKeysWith: { first, _ in first })
  }

  func symbol(of token: Int32) -> String {
    let place = Int(token) - Int(SpecialToken.count)
    return symbols.indices.contains(place) ? symbols[place] : "<unk>"
  }
}
