/// Why a text has no tokens: one clause without the place of the text.
struct TokenError: Error {
  /// A token that is the reason.
  struct Token {
    let shown: String
    /// Bytes of the text before it.
    let offset: Int
    /// What is wrong with it: a clause.
    let why: String
  }

  let problem: String
  /// The column of a table that is meant, counted from 0.
  var column: Int?
  private(set) var token: Token?

  init(problem: String, column: Int? = nil) {
    (self.problem, self.column) = (problem, column)
  }

  /// The token of a length at a byte of a text.
  init(_ range: Range<Int>, of text: UnsafeRawBufferPointer, _ why: String) {
    let shown = String(decoding: text[range], as: UTF8.self)
    let before = String(decoding: text[..<range.lowerBound], as: UTF8.self).unicodeScalars.count
    problem = "has \"\(shown)\" at character \(before + 1), \(why)"
    token = Token(shown: shown, offset: range.lowerBound, why: why)
  }

  /// A text without any token.
  static let empty = TokenError(
    problem: "is empty; remove it, or set data.skips_empty to true")
}

extension Tokenizer.Kind {
  /// Where the token at byte `position` of a text in UTF-8 lies, or nil behind the last.
  ///
  /// For byte pairs it is a unit that no merge crosses: white space and what follows up to the next.
  func token(
    in text: UnsafeRawBufferPointer, at position: Int
  ) throws(TokenError) -> Range<Int>? {
    switch self {
    case .words: Self.word(in: text, at: position)
    case .smiles: try Self.smilesToken(in: text, at: position)
    case .bytePairs: Self.unit(in: text, at: position)
    case .characters, .nucleotides, .aminoAcids:
      position < text.count ? position..<(position + Scalar(text, position).length) : nil
    }
  }

  // MARK: - Words

  private static let unknown = Array("<unk>".utf8)

  private static func word(in text: UnsafeRawBufferPointer, at position: Int) -> Range<Int>? {
    var start = position
    while start < text.count {
      let scalar = Scalar(text, start)
      guard scalar.isSpace else { break }
      start += scalar.length
    }
    guard start < text.count else { return nil }
    if text[start...].starts(with: unknown) { return start..<(start + unknown.count) }
    var end = start
    while end < text.count {
      let scalar = Scalar(text, end)
      guard scalar.isWordPart else { break }
      end += scalar.length
      // An apostrophe, a hyphen or a point amid a word belongs to it.
      guard end < text.count else { break }
      let joint = Scalar(text, end)
      if joint.joinsWords, end + joint.length < text.count,
        Scalar(text, end + joint.length).isWordPart
      {
        end += joint.length
      }
    }
    return start..<(end > start ? end : start + Scalar(text, start).length)
  }

  // MARK: - Byte pairs

  private static func unit(in text: UnsafeRawBufferPointer, at position: Int) -> Range<Int>? {
    guard position < text.count else { return nil }
    var end = position
    while end < text.count, text[end].isSpace { end += 1 }
    while end < text.count, !text[end].isSpace { end += 1 }
    return position..<end
  }

  // MARK: - SMILES

  /// An atom, a bond, a branch or a ring closure.
  ///
  /// - Source: the pattern of Schwaller et al., "Found in Translation", arXiv:1711.04810.
  private static func smilesToken(
    in text: UnsafeRawBufferPointer, at position: Int
  ) throws(TokenError) -> Range<Int>? {
    guard position < text.count else { return nil }
    let next = position + 1 < text.count ? text[position + 1] : 0
    switch text[position] {
    case UInt8(ascii: "["):
      guard let end = text[position...].firstIndex(of: UInt8(ascii: "]")) else {
        throw TokenError(problem: "has a bracket at character \(position + 1) that does not close")
      }
      return position..<(end + 1)
    case UInt8(ascii: "B") where next == UInt8(ascii: "r"),
      UInt8(ascii: "C") where next == UInt8(ascii: "l"):
      return position..<(position + 2)
    case UInt8(ascii: "%"):
      guard position + 2 < text.count, next.isDigit, text[position + 2].isDigit else {
        throw TokenError(
          problem: "has a % at character \(position + 1) that begins no ring closure of two digits")
      }
      return position..<(position + 3)
    case let byte where byte.isDigit || singles.contains(byte): return position..<(position + 1)
    default:
      let length = Scalar(text, position).length
      throw TokenError(
        position..<(position + length), of: text, "no atom and no bond of SMILES")
    }
  }

  private static let singles = Set("BCNOPSFIbcnops()=#-+/\\:.~@?>*$".utf8)
}

/// One Unicode scalar of a text that is known to be UTF-8.
private struct Scalar {
  let value: UInt32
  /// Bytes it takes.
  let length: Int

  @inline(__always) init(_ text: UnsafeRawBufferPointer, _ position: Int) {
    let first = UInt32(text[position])
    func rest(_ offset: Int) -> UInt32 { UInt32(text[position + offset] & 0x3F) }
    switch first {
    case ..<0x80: (value, length) = (first, 1)
    case ..<0xE0: (value, length) = ((first & 0x1F) << 6 | rest(1), 2)
    case ..<0xF0: (value, length) = ((first & 0x0F) << 12 | rest(1) << 6 | rest(2), 3)
    default:
      (value, length) = ((first & 0x07) << 18 | rest(1) << 12 | rest(2) << 6 | rest(3), 4)
    }
  }

  private var properties: Unicode.Scalar.Properties? { Unicode.Scalar(value)?.properties }

  var isSpace: Bool {
    value < 0x80 ? UInt8(value).isSpace : properties?.isWhitespace ?? false
  }

  /// Whether it is a letter, a digit or a mark on one.
  var isWordPart: Bool {
    if value < 0x80 { return UInt8(value).isWordPart }
    return switch properties?.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter,
      .nonspacingMark, .spacingMark, .enclosingMark, .decimalNumber, .letterNumber, .otherNumber:
      true
    default: false
    }
  }

  /// Whether it is part of a word that goes on behind it: an apostrophe, a hyphen, a point, a low line.
  var joinsWords: Bool {
    value == 0x27 || value == 0x2D || value == 0x2E || value == 0x5F || value == 0x2019
  }
}

extension UInt8 {
  fileprivate var isDigit: Bool { (0x30...0x39).contains(self) }
  fileprivate var isWordPart: Bool { isDigit || (0x61...0x7A).contains(self | 0x20) }
  /// Whether it is white space in ASCII.
  var isSpace: Bool { self == 0x20 || (0x09...0x0D).contains(self) }
}
