/// Biological sequences: a header line that begins with `>`, and the lines up to the next.
///
/// Lines that begin with `;` are comments. The dots of A2M are gaps, as dashes are.
struct FASTA: TextFormat {
  /// Endings of files of such sequences.
  static let endings = ["fasta", "fa", "fas", "fna", "faa", "ffn", "frn", "a2m", "a3m", "afa"]

  func forEachRecord(
    in file: ByteFile, _ body: (TextRecord) throws(DataError) -> Void
  ) throws(DataError) {
    let reader = try LineReader(file)
    var (offset, next, number) = (reader.offset, reader.offset, 1)
    var record: [UInt8] = []
    while let line = try reader.next() {
      let isHeader = line.first == UInt8(ascii: ">")
      if isHeader {
        if !record.isEmpty {
          try body(TextRecord(offset: offset, bytes: record, number: number))
        }
        (offset, record, number) = (next, [], reader.lineNumber)
      } else if record.isEmpty, line.first != UInt8(ascii: ";"), !line.allSatisfy(\.isSpace) {
        throw DataError(
          .bad, file.path,
          "line \(reader.lineNumber) stands before any header, a line that begins with '>'.")
      }
      if isHeader || !record.isEmpty {
        record += line
        // As many bytes as the line has in the file, whatever its end.
        if reader.offset - offset == record.count + 2 { record.append(0x0D) }
        if reader.offset - offset == record.count + 1 { record.append(0x0A) }
      }
      next = reader.offset
    }
    if !record.isEmpty { try body(TextRecord(offset: offset, bytes: record, number: number)) }
  }

  func example(in record: [UInt8]) -> TextExample {
    var text: [UInt8] = []
    text.reserveCapacity(record.count)
    Self.forEachLetter(of: record) { letter, _, _ in
      text.append(letter)
      return true
    }
    return TextExample(text: text, label: nil)
  }

  /// A letter is named by its place in the file.
  func sentence(_ error: TokenError, in record: TextRecord, of part: String) -> String {
    guard let token = error.token else { return "line \(record.number)\(part) \(error.problem)." }
    var (place, rest) = ((line: record.number, column: 1), token.offset)
    Self.forEachLetter(of: record.bytes) { _, line, column in
      place = (record.number + line, column)
      rest -= 1
      return rest >= 0
    }
    return "line \(place.line), column \(place.column)\(part) has \"\(token.shown)\", \(token.why)."
  }

  /// Gives `body` each letter with its line, counted from that of the header, and its column, counted
  /// from 1, until it answers false.
  private static func forEachLetter(
    of record: [UInt8], _ body: (_ letter: UInt8, _ line: Int, _ column: Int) -> Bool
  ) {
    var (line, column, isText, last) = (0, 0, false, UInt8(0))
    for byte in record {
      defer { last = byte }
      if byte.isLineEnd {
        if byte == 0x0D || last != 0x0D { (line, column, isText) = (line + 1, 0, true) }
        continue
      }
      column += 1
      if column == 1, byte == UInt8(ascii: ";") { isText = false }
      guard isText, !byte.isSpace else { continue }
      if !body(byte, line, column) { return }
    }
  }

  /// Whether the sequences of a file are of amino acids rather than nucleotides.
  ///
  /// A tenth or more of a protein's letters are such as stand for no nucleotide; about a third is usual.
  static func isProtein(_ file: ByteFile) throws(DataError) -> Bool {
    let reader = try LineReader(file)
    var (letters, foreign) = (0, 0)
    while letters < 100_000, let line = try reader.next() {
      if line.first == UInt8(ascii: ">") || line.first == UInt8(ascii: ";") { continue }
      for byte in line where (0x41...0x5A).contains(byte & 0xDF) {
        letters += 1
        if "EFILPQ".utf8.contains(byte & 0xDF) { foreign += 1 }
      }
    }
    return 10 * foreign >= max(1, letters)
  }
}
