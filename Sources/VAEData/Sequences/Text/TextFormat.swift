/// Where an example stands in a file.
struct TextRecord {
  /// Its first byte.
  let offset: Int
  /// Everything that belongs to it.
  let bytes: [UInt8]
  /// Its number, as ``TextFormat/unit`` counts.
  let number: Int
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
}

extension TextFormat {
  var unit: String { "line" }
}

/// A line an example.
struct TextLines: TextFormat {
  /// Whether what follows white space is no part of the text, as in files of molecules with names.
  let takesFirstField: Bool

  func forEachRecord(
    in file: ByteFile, _ body: (TextRecord) throws(DataError) -> Void
  ) throws(DataError) {
    let reader = try LineReader(file)
    var offset = reader.offset
    while let line = try reader.next() {
      try body(TextRecord(offset: offset, bytes: Array(line), number: reader.lineNumber))
      offset = reader.offset
    }
  }

  func example(in record: [UInt8]) -> TextExample {
    guard takesFirstField else { return TextExample(text: record, label: nil) }
    let field = record.drop { $0.isSpace }.prefix { !$0.isSpace }
    return TextExample(text: Array(field), label: nil)
  }
}

/// Biological sequences: a header line that begins with `>`, and the lines up to the next.
struct FASTA: TextFormat {
  func forEachRecord(
    in file: ByteFile, _ body: (TextRecord) throws(DataError) -> Void
  ) throws(DataError) {
    let reader = try LineReader(file)
    var (offset, next, number) = (reader.offset, reader.offset, 1)
    var record: [UInt8] = []
    while let line = try reader.next() {
      if line.first == UInt8(ascii: ">") {
        if !record.isEmpty {
          try body(TextRecord(offset: offset, bytes: record, number: number))
        }
        (offset, record, number) = (next, [], reader.lineNumber)
      } else if record.isEmpty, !line.allSatisfy(\.isSpace) {
        throw DataError(
          .bad, file.path,
          "line \(reader.lineNumber) stands before any header, a line that begins with '>'.")
      }
      if !record.isEmpty || line.first == UInt8(ascii: ">") {
        record += line
        // As many bytes as the line has in the file, whatever its end.
        while record.count < reader.offset - offset { record.append(0x0A) }
      }
      next = reader.offset
    }
    if !record.isEmpty { try body(TextRecord(offset: offset, bytes: record, number: number)) }
  }

  func example(in record: [UInt8]) -> TextExample {
    let lines = record.drop { $0 != 0x0A }
    return TextExample(text: lines.filter { !$0.isSpace }, label: nil)
  }
}
