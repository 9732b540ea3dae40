internal import VAECore

/// How text becomes tokens, and tokens text.
///
/// It is saved as JSON in a run's folder, and read back equal. Tokens of its own count from
/// ``SpecialToken/count``.
public struct Tokenizer: Sendable, Hashable {
  /// What a token is.
  public enum Kind: String, Codable, Sendable, CaseIterable {
    /// A word, or a single character of punctuation.
    ///
    /// Words are runs of letters, digits and marks; an apostrophe, a hyphen, a point or an underscore
    /// between two of them is part of the word, as in `don't` and `3.5`. White space only divides.
    case words
    /// A Unicode scalar.
    case characters
    /// An atom, a bond, a branch or a ring closure of a molecule.
    ///
    /// - Source: the pattern of Schwaller et al., "Found in Translation", arXiv:1711.04810.
    case smiles
    /// A base of DNA or RNA, or one of IUPAC's codes for several; small letters count as capitals and
    /// dots as dashes, which are gaps.
    case nucleotides
    /// An amino acid, or one of IUPAC's codes for several; small letters count as capitals and
    /// dots as dashes, which are gaps.
    case aminoAcids = "amino_acids"
    /// A piece of a word, made by joining the bytes that follow each other most often.
    ///
    /// - Source: Sennrich et al., arXiv:1508.07909; over bytes, as Radford et al. do in "Language
    ///   Models are Unsupervised Multitask Learners", 2019.
    case bytePairs = "byte_pairs"
  }

  /// What a token is.
  public let kind: Kind
  /// Whether capitals become small letters first.
  public let lowercase: Bool
  /// The tokens of its own, but for byte pairs.
  let table: TokenTable
  /// The joined bytes of ``Kind/bytePairs``.
  let pairs: BytePairs?

  /// A tokenizer with a vocabulary.
  init(_ kind: Kind, lowercase: Bool = false, table: TokenTable) {
    self.kind = kind
    self.lowercase = lowercase
    self.table = table
    pairs = nil
  }

  /// A tokenizer of these characters, of which those that come again count once.
  public init(characters: String) {
    var table = TokenTable()
    for scalar in characters.unicodeScalars {
      _ = Array(String(scalar).utf8).withUnsafeBytes { table.insert($0) }
    }
    self.init(.characters, table: table)
  }

  /// A tokenizer of pieces of words.
  init(pairs: BytePairs, lowercase: Bool) {
    kind = .bytePairs
    self.lowercase = lowercase
    self.pairs = pairs
    table = TokenTable()
  }

  /// Tokens there are, those of `SpecialToken` counted.
  public var vocabularySize: Int { SpecialToken.count + (pairs?.tokenCount ?? table.count) }

  /// The tokens of a text, `SpecialToken.end` last; a word outside the vocabulary becomes
  /// `SpecialToken.unknown`.
  ///
  /// - Throws: ``DataError`` that names any other token outside the vocabulary and its place.
  public func encode(_ text: String) throws(DataError) -> [Int32] {
    do throws(TokenError) {
      return try encode(Array(text.utf8))
    } catch {
      let shown = text.count > 40 ? "\(text.prefix(40))..." : text
      throw DataError(.bad, "\"\(shown)\"", "\(error.problem).")
    }
  }

  /// The tokens of a text in UTF-8, with the end token.
  func encode(_ text: [UInt8]) throws(TokenError) -> [Int32] {
    let text = normalized(text)
    var tokens: [Int32] = []
    tokens.reserveCapacity(text.count / 4 + 1)
    var failure: TokenError?
    text.withUnsafeBytes { text in
      do throws(TokenError) { try append(text, to: &tokens) } catch { failure = error }
    }
    if let failure { throw failure }
    tokens.append(SpecialToken.end)
    return tokens
  }

  private func append(
    _ text: UnsafeRawBufferPointer, to tokens: inout [Int32]
  ) throws(TokenError) {
    var position = 0
    while let place = try kind.token(in: text, at: position) {
      let token = UnsafeRawBufferPointer(rebasing: text[place])
      if let pairs {
        pairs.append(token, to: &tokens)
      } else if let index = table.find(token) {
        tokens.append(Int32(SpecialToken.count + index))
      } else if kind == .words {
        tokens.append(SpecialToken.unknown)
      } else {
        throw unknown(place, in: text)
      }
      position = place.upperBound
    }
  }

  private func unknown(_ place: Range<Int>, in text: UnsafeRawBufferPointer) -> TokenError {
    let known =
      switch kind {
      case .nucleotides: "stands for no nucleotide"
      case .aminoAcids: "stands for no amino acid"
      default: "is not in the vocabulary that the training part made"
      }
    return TokenError(place, of: text, "which \(known); leave it out")
  }

  /// The form of a text that tokens are found in.
  func normalized(_ text: [UInt8]) -> [UInt8] {
    switch kind {
    case .nucleotides, .aminoAcids:
      // A2M fills up alignments with dots.
      text.map {
        (0x61...0x7A).contains($0) ? $0 & 0xDF : $0 == UInt8(ascii: ".") ? UInt8(ascii: "-") : $0
      }
    case _ where !lowercase: text
    case _ where text.allSatisfy { $0 < 0x80 }:
      text.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }
    default: Array(String(decoding: text, as: UTF8.self).lowercased().utf8)
    }
  }

  /// The text of tokens up to the end token; padding and start tokens are left out.
  ///
  /// Words are joined by blanks, none before closing punctuation or behind an opening bracket;
  /// `<unk>` stands for an unknown one. Numbers that are no tokens count as unknown.
  public func decode(_ tokens: some Sequence<Int32>) -> String {
    var bytes: [UInt8] = []
    for token in tokens {
      if token == SpecialToken.end { break }
      if token == SpecialToken.padding || token == SpecialToken.start { continue }
      let index = Int(token) - SpecialToken.count
      if let pairs, (0..<pairs.tokenCount).contains(index) {
        bytes += pairs[index]
        continue
      }
      let isKnown = pairs == nil && (0..<table.count).contains(index)
      let text = isKnown ? table[index] : ArraySlice("<unk>".utf8)
      if kind == .words, let last = bytes.last, !Self.opening.contains(last),
        !(text.count == 1 && text.first.map(Self.closing.contains) ?? false)
      {
        bytes.append(0x20)
      }
      bytes += text
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  private static let opening = Set("([{".utf8)
  private static let closing = Set(".,!?;:)]}%".utf8)
}
