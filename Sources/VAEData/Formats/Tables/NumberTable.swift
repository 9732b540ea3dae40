internal import SystemFiles

/// A table of numbers: how its rows are written and what its columns hold, known from one pass over it.
///
/// A header is a first row with words over the columns of numbers, or one that counts its columns; a
/// comment above the rows is one too where it names as many columns. The options may say so instead.
struct NumberTable {
  let path: String
  let file: ByteFile
  let dialect: TableDialect
  let decimal: UInt8
  /// Whether the first row is no data.
  let hasHeader: Bool
  /// Whether rows may have fewer or more fields than the first.
  let isRagged: Bool
  private(set) var columns: [TableColumn]
  /// Rows of data.
  let rowCount: Int
  /// The cells of the first rows, up to a hundred.
  private let sample: [[String]]

  /// Reads a table once.
  ///
  /// - Parameters:
  ///   - path: The file, which may be gzipped.
  ///   - options: What is known of it.
  ///   - wanted: Names that tell a header.
  ///   - isRagged: Whether rows may have fewer or more fields than the first.
  ///   - skipping: Whether rows that cannot be divided are passed over.
  /// - Throws: ``DataError`` that names what is wrong with the table, and where.
  init(
    _ path: String, _ options: TableOptions, wanted: [String] = [], isRagged: Bool = false,
    skipping: Bool
  ) throws(DataError) {
    self.path = path
    self.isRagged = isRagged
    file = try ByteFile(path)
    let sample = try TableDialect.recognized(
      in: file, options, candidates: [.tab, .semicolon, .comma, .bar, .blank], comment: "#"
    ) { [$0.numbers, $0.agreement] }
    dialect = sample.dialect
    let decimal =
      if let decimal = options.decimal { decimal.byte } else { try sample.decimal(of: path) }
    self.decimal = decimal
    let reader = try TableReader(file, dialect)
    guard try reader.next() else { throw DataError(.bad, path, "is empty; check the file.") }
    if let problem = reader.problem { throw DataError(path, reader.line, problem) }
    let first = (sample.hasRowNames ? [TableCell(text: "", isQuoted: true)] : []) + reader.cells()
    var columns = [TableColumn](repeating: TableColumn(), count: first.count)
    var rowCount = 1
    var second: [TableCell] = []
    while try reader.next() {
      if second.isEmpty { second = reader.cells() }
      rowCount += 1
      if let problem = Self.problem(with: reader, columns.count, isRagged: isRagged) {
        guard skipping else { throw problem.error(path, reader.line) }
      } else {
        Self.add(reader, decimal, to: &columns)
      }
    }
    let cells = first.map { TableNumber($0.text, decimal: decimal) }
    let names = first.map(\.text)
    let hasHeader =
      options.header
      ?? (sample.hasRowNames || names.contains { ClassNames.columns.contains($0.lowercased()) }
        || names.contains { Int($0) == nil && wanted.contains($0) }
        || Self.isHeader(first, cells, above: columns, second))
    self.hasHeader = hasHeader
    if hasHeader { rowCount -= 1 }
    self.sample = sample.rows.dropFirst(hasHeader ? 1 : 0).map { $0.map(\.text) }
    for (place, cell) in cells.enumerated() {
      if hasHeader {
        columns[place].name = names[place]
      } else {
        columns[place] = columns[place].preceded(by: cell, isQuoted: first[place].isQuoted)
      }
    }
    (self.columns, self.rowCount) = (columns, rowCount)
    if !hasHeader { nameColumns(by: reader.lastComment) }
    guard rowCount > 0 else {
      throw DataError(.bad, path, "holds a header and no rows; check the file.")
    }
  }

  private static func add(
    _ reader: TableReader, _ decimal: UInt8, to columns: inout [TableColumn]
  ) {
    let count = reader.width(columns.count)
    while columns.count < count { columns.append(TableColumn()) }
    for place in 0..<count {
      columns[place].add(
        TableNumber(reader.trimmed(place), decimal: decimal),
        isQuoted: reader.fields[place].isQuoted)
    }
  }

  /// Whether a first row is a header of the columns below.
  private static func isHeader(
    _ first: [TableCell], _ cells: [TableNumber], above columns: [TableColumn],
    _ second: [TableCell]
  ) -> Bool {
    let words = cells.filter { $0 == .word }.count
    let numbers = columns.indices.filter { columns[$0].numbers > 0 && $0 < cells.count }
    guard !second.isEmpty, !numbers.isEmpty else {
      return words > 0 && !cells.contains { if case .number = $0 { true } else { false } }
    }
    func isNumber(_ place: Int) -> Bool { if case .number = cells[place] { true } else { false } }
    if words > 0, !numbers.contains(where: isNumber) { return true }
    // Names of columns that are numbers: in quotes where the numbers have none, or counting.
    if numbers.allSatisfy({ first[$0].isQuoted && !columns[$0].isQuoted }) { return true }
    let named = cells.indices.drop { $0 == 0 && first[0].text.isEmpty }
    guard named.count >= (named.startIndex == 1 ? 2 : 10) else { return false }
    return [0.0, 1].contains { start in
      named.allSatisfy { cells[$0] == .number(start + Double($0 - named.startIndex)) }
    }
  }

  /// Takes the names out of a comment that has one for each column, as NumPy writes them.
  private mutating func nameColumns(by comment: [UInt8]?) {
    guard let comment else { return }
    var scanner = TableScanner(dialect)
    let names = comment.withUnsafeBytes { bytes -> [String]? in
      guard scanner.scan(bytes, isAtEnd: true) != nil, scanner.problem == nil else { return nil }
      return scanner.fields.map {
        String(decoding: bytes[$0.range], as: UTF8.self).withoutBlanksAround
      }
    }
    guard let names, names.count == columns.count,
      names.allSatisfy({ TableNumber($0, decimal: decimal) == .word })
    else { return }
    for place in names.indices { columns[place].name = names[place] }
  }

  // MARK: - Columns

  /// Whether columns have names.
  var isNamed: Bool { columns.contains { $0.name != nil } }

  /// The column of a name, or of a number from 1.
  func place(of name: String) throws(DataError) -> Int {
    if let place = columns.firstIndex(where: { $0.name == name }) { return place }
    if let number = Int(name), columns.indices.contains(number - 1) { return number - 1 }
    let known =
      isNamed
      ? "its columns are \(listed(columns.compactMap(\.name), allIn: "its header"))"
      : "it has \(columns.count) column\(columns.count == 1 ? "" : "s") and no header"
    throw DataError(.usage, path, "has no column \"\(name)\": \(known); name one of them.")
  }

  /// The column whose name is that of labels, and which may hold them: numbers with decimals are no
  /// classes.
  var labelColumn: Int? {
    let names = columns.map { $0.name?.lowercased() ?? "" }
    // Beside z, y is a direction in space.
    return names.indices.first {
      ClassNames.columns.contains(names[$0]) && !(names[$0] == "y" && names.contains("z"))
        && columns[$0].isWhole
    }
  }

  /// Different cells of a column among the first rows, of which there are `of`.
  private func distinct(_ column: Int) -> (count: Int, of: Int) {
    let cells = sample.compactMap { column < $0.count ? $0[column] : nil }
    return (Set(cells).count, cells.count)
  }

  /// Whether each of the first rows has another cell in a column, as names of rows have.
  func namesRows(_ column: Int) -> Bool {
    let (count, all) = distinct(column)
    return all > 5 && count == all
  }

  /// Whether a column of whole numbers tells few classes apart, and more than one.
  func tellsClasses(_ column: Int) -> Bool {
    let (count, all) = distinct(column)
    return columns[column].isWhole && columns[column].words == 0 && count > 1 && count * 2 <= all
  }

  /// What messages call a column.
  func title(of place: Int) -> String {
    guard let name = columns[place].name, !name.isEmpty else { return "column \(place + 1)" }
    return "column \(place + 1), \"\(name)\","
  }
}
