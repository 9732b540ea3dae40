#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// One field of a row.
struct TableField {
  /// Where its text lies among the bytes of the row, quotes left out.
  let range: Range<Int>
  /// Whether quotes enclose it.
  var isQuoted = false
  /// Whether a quote in it is written twice.
  var hasDoubledQuotes = false

  /// What it says, among the bytes of the row.
  func text(in row: UnsafeRawBufferPointer) -> [UInt8] {
    guard hasDoubledQuotes else { return Array(row[range]) }
    var text: [UInt8] = []
    var isSecond = false
    for byte in row[range] {
      isSecond = byte == TableDialect.quote && !isSecond
      if byte != TableDialect.quote || isSecond { text.append(byte) }
    }
    return text
  }
}

/// Finds the fields of a row and where it ends.
///
/// Fields are those of RFC 4180: one that begins with a quote goes on to the quote that closes it, over
/// separators and line ends, and a quote amid a field is a character like any other. Lines end with LF,
/// CRLF or CR. Blanks may stand around a quoted field. A row whose quotes cannot be understood is its
/// first line, so that those behind it can be read.
///
/// - Source: RFC 4180, "Common Format and MIME Type for Comma-Separated Values (CSV) Files".
struct TableScanner {
  /// A row among bytes.
  struct Row {
    /// Bytes of the row, and up to the next.
    let piece: Int
    let next: Int
    /// Line ends in it, its own counted.
    let lines: Int
  }

  /// Why a row cannot be divided.
  struct Problem: Equatable {
    /// The field, counted from 1.
    let column: Int
    let text: String

    /// What is wrong, and what to do.
    var advice: String {
      "\(text); close the field, and double the quotes in it"
    }
  }

  let dialect: TableDialect
  /// The fields of the row that was scanned last.
  private(set) var fields: [TableField] = []
  /// What is wrong with that row.
  private(set) var problem: Problem?

  init(_ dialect: TableDialect) { self.dialect = dialect }

  /// Finds the row at the start of some bytes; nil where more of them are needed.
  mutating func scan(_ bytes: UnsafeRawBufferPointer, isAtEnd: Bool) -> Row? {
    fields.removeAll(keepingCapacity: true)
    problem = nil
    let isBlankSeparated = dialect.separator == TableDialect.blank
    var (position, lines) = (0, 1)
    while true {
      if isBlankSeparated {
        while position < bytes.count, bytes[position].isBlank { position += 1 }
        if position == bytes.count || bytes[position].isLineEnd, !fields.isEmpty {
          return row(bytes, position, lines, isAtEnd)
        }
      }
      var field = TableField(range: position..<position)
      switch quoted(bytes, from: position, isAtEnd) {
      case .needsMore: return nil
      case .bad(let text):
        problem = Problem(column: fields.count + 1, text: text)
        guard let end = Self.lineEnd(bytes, from: 0, isAtEnd) else { return nil }
        return row(bytes, end, 1, isAtEnd)
      case .field(let found, let end):
        (field, position) = (found, end)
        lines += Self.lineEnds(bytes, found.range)
      case .none:
        let start = position
        let separator = dialect.separator ?? 0x0A
        while position < bytes.count {
          let byte = bytes[position]
          if byte == separator || byte.isLineEnd || isBlankSeparated && byte.isBlank { break }
          position += 1
        }
        field = TableField(range: start..<position)
      }
      if position == bytes.count, !isAtEnd { return nil }
      fields.append(field)
      if position == bytes.count || bytes[position].isLineEnd {
        return row(bytes, position, lines, isAtEnd)
      }
      position += 1
    }
  }

  /// The line at the start of some bytes, whatever stands in it.
  static func line(_ bytes: UnsafeRawBufferPointer, isAtEnd: Bool) -> Row? {
    guard let end = lineEnd(bytes, from: 0, isAtEnd) else { return nil }
    return TableScanner(TableDialect()).row(bytes, end, 1, isAtEnd)
  }

  private func row(
    _ bytes: UnsafeRawBufferPointer, _ end: Int, _ lines: Int, _ isAtEnd: Bool
  ) -> Row? {
    guard end < bytes.count else { return isAtEnd ? Row(piece: end, next: end, lines: lines) : nil }
    guard bytes[end] == 0x0D else { return Row(piece: end, next: end + 1, lines: lines) }
    guard end + 1 < bytes.count else {
      return isAtEnd ? Row(piece: end, next: end + 1, lines: lines) : nil
    }
    return Row(piece: end, next: end + (bytes[end + 1] == 0x0A ? 2 : 1), lines: lines)
  }

  // MARK: - Quoted fields

  private enum Quoted {
    /// No quote begins here.
    case none
    case field(TableField, end: Int)
    case needsMore
    case bad(String)
  }

  private func quoted(
    _ bytes: UnsafeRawBufferPointer, from start: Int, _ isAtEnd: Bool
  ) -> Quoted {
    guard dialect.isQuoted else { return .none }
    var open = start
    while open < bytes.count, bytes[open] == 0x20 { open += 1 }
    guard open < bytes.count else { return isAtEnd ? .none : .needsMore }
    guard bytes[open] == TableDialect.quote else { return .none }
    // Behind blanks a quote may be a character; it is one unless it closes on its line.
    var limit = bytes.count
    if open > start {
      guard let end = Self.lineEnd(bytes, from: open, isAtEnd) else { return .needsMore }
      limit = end
    }
    let knowsEnd = isAtEnd || open > start
    var (position, isDoubled) = (open + 1, false)
    while let close = Self.find(TableDialect.quote, bytes, position..<limit) {
      if close + 1 == limit, !knowsEnd { return .needsMore }
      if close + 1 < limit, bytes[close + 1] == TableDialect.quote {
        (position, isDoubled) = (close + 2, true)
        continue
      }
      let field = TableField(
        range: (open + 1)..<close, isQuoted: true, hasDoubledQuotes: isDoubled)
      var end = close + 1
      while end < limit, bytes[end] == 0x20, dialect.separator != TableDialect.blank { end += 1 }
      if end == limit, !knowsEnd { return .needsMore }
      if end == limit || bytes[end].isLineEnd || bytes[end] == dialect.separator
        || dialect.separator == TableDialect.blank && bytes[end].isBlank
      {
        return .field(field, end: end)
      }
      if open > start { return .none }
      let below = Self.lineEnds(bytes, field.range)
      return .bad(
        below == 0
          ? "has text behind a closing quote"
          : "begins a quoted field that ends \(below) line\(below == 1 ? "" : "s") below amid text")
    }
    if open > start { return .none }
    return isAtEnd ? .bad("begins a quoted field that does not close") : .needsMore
  }

  // MARK: - Lines

  private static func find(
    _ byte: UInt8, _ bytes: UnsafeRawBufferPointer, _ range: Range<Int>
  ) -> Int? {
    guard let base = bytes.baseAddress, !range.isEmpty,
      let found = memchr(base + range.lowerBound, Int32(byte), range.count)
    else { return nil }
    return UnsafeRawPointer(found) - base
  }

  private static func lineEnd(
    _ bytes: UnsafeRawBufferPointer, from start: Int, _ isAtEnd: Bool
  ) -> Int? {
    let end = find(0x0A, bytes, start..<bytes.count)
    if let cr = find(0x0D, bytes, start..<(end ?? bytes.count)) { return cr }
    return end ?? (isAtEnd ? bytes.count : nil)
  }

  private static func lineEnds(_ bytes: UnsafeRawBufferPointer, _ range: Range<Int>) -> Int {
    var count = 0
    for place in range where bytes[place].isLineEnd {
      // The two bytes of CRLF are one end.
      if bytes[place] == 0x0A, place > range.lowerBound, bytes[place - 1] == 0x0D { continue }
      count += 1
    }
    return count
  }
}

extension UInt8 {
  /// Whether it is a blank or a tabulator.
  var isBlank: Bool { self == 0x20 || self == 0x09 }
  /// Whether a line ends with it.
  var isLineEnd: Bool { self == 0x0A || self == 0x0D }
}
