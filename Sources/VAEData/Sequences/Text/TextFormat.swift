/// Where an example stands in a file.
struct TextRecord {
  /// Its first byte.
  let offset: Int
  /// Everything that belongs to it.
  let bytes: [UInt8]
  /// Its number, as ``TextFormat/unit`` counts.
  let number: Int
  /// Why it cannot be read, where that is known already.
  var problem: TokenError?
}

/// What a record says.
struct TextExample {
  /// In UTF-8, once that was checked.
  let text: [UInt8]
  let label: String?
}

/// How text stands in a file: what its records are, and what each says.
protocol TextFormat: Sendable {
  /// What messages count: lines, items.
  var unit: String { get }
  /// Hands out the records in order.
  func forEachRecord(
    in file: ByteFile, _ body: (TextRecord) throws(DataError) -> Void
  ) throws(DataError)
  /// The example in the bytes of a record.
  func example(in record: [UInt8]) throws(TokenError) -> TextExample
  /// What is wrong with an example of a part, and where.
  func sentence(_ error: TokenError, in record: TextRecord, of part: String) -> String
}

extension TextFormat {
  var unit: String { "line" }

  func sentence(_ error: TokenError, in record: TextRecord, of part: String) -> String {
    let column = error.column.map { ", column \($0 + 1)" } ?? ""
    return "\(unit) \(record.number)\(column)\(part) \(error.problem)."
  }
}

/// A line an example.
struct TextLines: TextFormat {
  /// Whether what follows white space is a name and no part of the text, as in files of molecules, which
  /// may have a header and comments.
  let isMolecules: Bool

  func forEachRecord(
    in file: ByteFile, _ body: (TextRecord) throws(DataError) -> Void
  ) throws(DataError) {
    let reader = try LineReader(file)
    var offset = reader.offset
    // Blank lines, which are nothing unless another line follows.
    var blank: [TextRecord] = []
    while let line = try reader.next() {
      defer { offset = reader.offset }
      if isMolecules, Self.isNoMolecule(line, number: reader.lineNumber) { continue }
      let record = TextRecord(offset: offset, bytes: Array(line), number: reader.lineNumber)
      if line.allSatisfy(\.isSpace) {
        blank.append(record)
        continue
      }
      for record in blank { try body(record) }
      blank = []
      try body(record)
    }
  }

  /// Whether a line of a file of molecules is a comment, or a header such as `smiles name`.
  private static func isNoMolecule(_ line: UnsafeRawBufferPointer, number: Int) -> Bool {
    if line.first == UInt8(ascii: "#") { return true }
    guard number == 1 else { return false }
    let field = String(decoding: line.prefix { !$0.isSpace && $0 != 0x2C }, as: UTF8.self)
    return field.lowercased().contains("smiles")
  }

  func example(in record: [UInt8]) -> TextExample {
    guard isMolecules else { return TextExample(text: record, label: nil) }
    let field = record.drop { $0.isSpace }.prefix { !$0.isSpace }
    return TextExample(text: Array(field), label: nil)
  }
}
