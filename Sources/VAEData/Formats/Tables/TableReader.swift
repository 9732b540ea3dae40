/// Hands out the rows of a table one by one, and holds no more of it than the longest.
///
/// Blank lines, comments and rows without anything in them are passed over.
final class TableReader {
  let path: String
  private let reader: RecordReader
  private var scanner: TableScanner
  private let comment: [UInt8]
  private var skipsLine: Bool
  /// The bytes of the row, valid until the next.
  private(set) var bytes = UnsafeRawBufferPointer(start: nil, count: 0)
  /// Where in the file the row begins, and its line, counted from 1.
  private(set) var offset = 0
  private(set) var line = 0
  /// The line of the first row before this one that has fields and nothing in them, if there is one.
  private(set) var emptyLine: Int?
  /// The last comment before the first row, without what begins it.
  private(set) var lastComment: [UInt8]?

  init(_ file: ByteFile, _ dialect: TableDialect) throws(DataError) {
    path = file.path
    reader = try RecordReader(file)
    scanner = TableScanner(dialect)
    comment = dialect.comment
    skipsLine = dialect.hasSeparatorLine
  }

  /// The fields of the row.
  var fields: [TableField] { scanner.fields }
  /// What is wrong with its quotes.
  var problem: TableScanner.Problem? { scanner.problem }

  /// Goes to the next row; false behind the last.
  func next() throws(DataError) -> Bool {
    let isFirst = line == 0
    emptyLine = nil
    while true {
      offset = reader.offset
      line = reader.line
      var (lines, isComment) = (1, false)
      let piece = try reader.next { [comment, skipsLine] bytes, isAtEnd in
        isComment = !comment.isEmpty && bytes.starts(with: comment)
        let found =
          isComment || skipsLine
          ? TableScanner.line(bytes, isAtEnd: isAtEnd) : scanner.scan(bytes, isAtEnd: isAtEnd)
        lines = found?.lines ?? 1
        return found.map { ($0.piece, $0.next) }
      }
      guard let piece else { return false }
      reader.countLines(lines)
      if skipsLine {
        skipsLine = false
        continue
      }
      if isComment {
        if isFirst { lastComment = Array(piece.dropFirst(comment.count)) }
        continue
      }
      bytes = piece
      if problem != nil || !fields.allSatisfy({ isNothing($0) }) { return true }
      if fields.count > 1, emptyLine == nil { emptyLine = line }
    }
  }

  private func isNothing(_ field: TableField) -> Bool {
    !field.isQuoted && bytes[field.range].allSatisfy(\.isBlank)
  }

  /// The field of a column, blanks around one without quotes left out.
  func trimmed(_ column: Int) -> UnsafeRawBufferPointer {
    let field = fields[column]
    var (start, end) = (field.range.lowerBound, field.range.upperBound)
    if !field.isQuoted {
      while start < end, bytes[start].isBlank { start += 1 }
      while end > start, bytes[end - 1].isBlank { end -= 1 }
    }
    return UnsafeRawBufferPointer(rebasing: bytes[start..<end])
  }

  /// The field of a column as a name or a label.
  func text(_ column: Int) -> String {
    let field = fields[column]
    return field.hasDoubledQuotes
      ? String(decoding: field.text(in: bytes), as: UTF8.self)
      : String(decoding: trimmed(column), as: UTF8.self)
  }

  /// Whether quotes enclose the field of a column.
  func isQuoted(_ column: Int) -> Bool { column < fields.count && fields[column].isQuoted }

  /// How many fields the row has; empty ones beyond the first `count`, which separators at its end make,
  /// are none.
  func width(_ count: Int) -> Int {
    var width = fields.count
    while width > count, isNothing(fields[width - 1]) { width -= 1 }
    return width
  }

  /// A row's first columns as they are read, with whether quotes enclose them.
  func cells(_ limit: Int = .max) -> [TableCell] {
    fields.indices.prefix(limit).map { TableCell(text: text($0), isQuoted: fields[$0].isQuoted) }
  }
}

/// A field as text.
struct TableCell: Equatable {
  let text: String
  let isQuoted: Bool
}
