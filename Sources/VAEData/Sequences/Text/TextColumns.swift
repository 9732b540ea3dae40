/// A row of a table an example, as RFC 4180 writes them: fields in quotes may hold separators, line
/// ends and doubled quotes.
struct TextColumns: TextFormat {
  let separator: UInt8
  private let hasHeader: Bool
  private let textColumn: Int
  private let labelColumn: Int?

  static let textNames = ["text", "sentence", "smiles", "sequence"]
  static let quote = UInt8(ascii: "\"")

  /// Finds the columns.
  init(_ file: ByteFile, separator: UInt8, _ options: TextOptions) throws(DataError) {
    self.separator = separator
    guard let row = try Self.row(try RecordReader(file)) else {
      throw DataError(.bad, file.path, "is empty; check the file.")
    }
    let first: [String]
    do throws(TokenError) {
      first = try Self.fields(row, separator: separator).map { String(decoding: $0, as: UTF8.self) }
    } catch { throw DataError(.bad, file.path, "line 1 \(error.problem).") }
    func place(of names: [String]) -> Int? {
      first.firstIndex { names.contains($0.lowercased()) }
    }
    let wanted = [options.column, options.labelColumn].compactMap(\.self)
    let hasHeader =
      options.header
      ?? (place(of: Self.textNames) != nil || wanted.contains(where: first.contains)
        || (first.count > 1 && place(of: TextTable.labelNames) != nil))
    func column(_ name: String) throws(DataError) -> Int {
      if hasHeader, let place = first.firstIndex(of: name) { return place }
      if let number = Int(name), (1...first.count).contains(number) { return number - 1 }
      throw DataError(
        .bad, file.path,
        "has no column \"\(name)\": its first row is \(Self.listed(first)); name one, or number them "
          + "from 1.")
    }
    self.hasHeader = hasHeader
    labelColumn =
      try options.labelColumn.map(column) ?? (hasHeader ? place(of: TextTable.labelNames) : nil)
    let others = first.indices.filter { [labelColumn] in $0 != labelColumn }
    let found = hasHeader ? place(of: Self.textNames) : nil
    if let name = options.column {
      textColumn = try column(name)
    } else if let only = found ?? (others.count == 1 ? others[0] : nil) {
      textColumn = only
    } else {
      let known = hasHeader ? " (\(Self.listed(first)))" : ""
      throw DataError(
        .usage, file.path,
        "has \(first.count) columns\(known); name the one that holds the text, or give its number "
          + "(data.column).")
    }
  }

  private static func listed(_ names: [String]) -> String {
    names.map { "'\($0)'" }.joined(separator: ", ")
  }

  func forEachRecord(
    in file: ByteFile, _ body: (TextRecord) throws(DataError) -> Void
  ) throws(DataError) {
    let reader = try RecordReader(file)
    var isHeader = hasHeader
    while true {
      let (offset, line) = (reader.offset, reader.line)
      guard let row = try Self.row(reader) else { break }
      if !isHeader { try body(TextRecord(offset: offset, bytes: row, number: line)) }
      isHeader = false
    }
  }

  /// The bytes of the next row, which may span lines.
  private static func row(_ reader: RecordReader) throws(DataError) -> [UInt8]? {
    let row = try reader.next { bytes in
      var isQuoted = false
      for (place, byte) in bytes.enumerated() {
        if byte == quote { isQuoted.toggle() }
        if byte == 0x0A, !isQuoted { return (piece: place, next: place + 1) }
      }
      return nil
    }
    guard let row else { return nil }
    reader.countLines(1 + row.count { $0 == 0x0A })
    return Array(row.last == 0x0D ? UnsafeRawBufferPointer(rebasing: row.dropLast()) : row)
  }

  func example(in record: [UInt8]) throws(TokenError) -> TextExample {
    let fields = try Self.fields(record, separator: separator)
    func field(_ column: Int) throws(TokenError) -> [UInt8] {
      if fields.indices.contains(column) { return fields[column] }
      if record.isEmpty { return [] }
      throw TokenError(
        problem: "has \(fields.count) columns, but column \(column + 1) is wanted; mend the line")
    }
    let text = try field(textColumn)
    guard let labelColumn else { return TextExample(text: text, label: nil) }
    return TextExample(text: text, label: String(decoding: try field(labelColumn), as: UTF8.self))
  }

  /// The fields of a row without their quotes.
  static func fields(_ row: [UInt8], separator: UInt8) throws(TokenError) -> [[UInt8]] {
    var fields: [[UInt8]] = []
    var position = 0
    while true {
      var field: [UInt8] = []
      if position < row.count, row[position] == quote {
        position += 1
        while true {
          guard let end = row[position...].firstIndex(of: quote) else {
            throw TokenError(problem: "begins a quoted field that does not close")
          }
          field += row[position..<end]
          position = end + 1
          guard position < row.count, row[position] == quote else { break }
          field.append(quote)
          position += 1
        }
        guard position == row.count || row[position] == separator else {
          throw TokenError(problem: "has text behind a closing quote; double the quotes in a field")
        }
      } else {
        let end = row[position...].firstIndex(of: separator) ?? row.count
        field = Array(row[position..<end])
        position = end
      }
      fields.append(field)
      if position == row.count { return fields }
      position += 1
    }
  }
}
