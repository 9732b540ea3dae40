/// Reads the rows of a CSV or TSV document: fields may be quoted, and then hold separators, doubled
/// quotes and line ends.
///
/// - Source: RFC 4180.
struct DelimitedRows {
  private let bytes: [UInt8]
  private let separator: UInt8
  private let path: String
  private var at = 0
  /// The number of the line at which the row handed out last begins, counted from 1.
  private(set) var lineNumber = 0
  private var nextLine = 1

  init(_ bytes: [UInt8], separator: UInt8 = UInt8(ascii: ","), path: String) {
    self.bytes = bytes
    self.separator = separator
    self.path = path
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { at = 3 }
  }

  /// The fields of the next row that is not empty; nil after the last.
  ///
  /// - Throws: ``DataError`` that names the line of a quote that does not close, and of text that is
  ///   not UTF-8.
  mutating func next() throws(DataError) -> [String]? {
    while at < bytes.count, bytes[at] == 0x0A || bytes[at] == 0x0D {
      if bytes[at] == 0x0A { nextLine += 1 }
      at += 1
    }
    guard at < bytes.count else { return nil }
    lineNumber = nextLine
    var fields: [String] = []
    while true {
      fields.append(try field())
      guard at < bytes.count else { return fields }
      let end = bytes[at]
      at += 1
      if end == separator {
        if at == bytes.count { return fields + [""] }
        continue
      }
      if end == 0x0D, at < bytes.count, bytes[at] == 0x0A { at += 1 }
      nextLine += 1
      return fields
    }
  }

  /// A field up to the separator or the line's end behind it.
  private mutating func field() throws(DataError) -> String {
    guard at < bytes.count, bytes[at] == UInt8(ascii: "\"") else {
      let start = at
      while at < bytes.count, bytes[at] != separator, bytes[at] != 0x0A, bytes[at] != 0x0D {
        at += 1
      }
      return try text(bytes[start..<at])
    }
    var content: [UInt8] = []
    at += 1
    while true {
      guard at < bytes.count else {
        throw DataError(
          .bad, path, "the quote opened in line \(lineNumber) does not close; check the file.")
      }
      let byte = bytes[at]
      at += 1
      if byte == UInt8(ascii: "\"") {
        guard at < bytes.count, bytes[at] == byte else { break }
        at += 1
      }
      if byte == 0x0A { nextLine += 1 }
      content.append(byte)
    }
    guard at == bytes.count || [separator, 0x0A, 0x0D].contains(bytes[at]) else {
      throw DataError(
        .bad, path,
        "line \(nextLine) has text behind a closing quote; double quotes that belong to a field.")
    }
    return try text(content[...])
  }

  private func text(_ bytes: ArraySlice<UInt8>) throws(DataError) -> String {
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw DataError(
        .bad, path, "line \(nextLine) is not UTF-8; convert the file, for example with iconv.")
    }
    return text
  }
}
