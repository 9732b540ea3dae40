extension NumberTable {
  /// Why a row cannot be used.
  struct Problem: Error {
    /// The column, counted from 0; nil for the whole row.
    let column: Int?
    let text: String

    func error(_ path: String, _ line: Int) -> DataError {
      let column = column.map { ", column \($0 + 1)" } ?? ""
      return DataError(.bad, path, "line \(line)\(column) \(text).")
    }
  }

  /// Why a row is not divided as the others are, if it is not.
  static func problem(
    with reader: TableReader, _ columnCount: Int, isRagged: Bool
  ) -> Problem? {
    if let problem = reader.problem {
      return Problem(column: problem.column - 1, text: problem.advice)
    }
    let count = reader.width(columnCount)
    guard !isRagged, count != columnCount else { return nil }
    return Problem(
      column: nil,
      text: "has \(count) columns, but the first has \(columnCount); mend the line"
        + (count > columnCount ? ", or quote what holds a separator" : ""))
  }

  /// Gives `body` every row; what is wrong with one is an error, or a sentence among `skipped` where
  /// bad rows are passed over.
  func forEachRow(
    skipping: Bool, _ skipped: inout [String],
    _ body: (TableReader) throws(Problem) -> Void
  ) throws(DataError) {
    let reader = try TableReader(file, dialect)
    var isHeader = hasHeader
    func problem(_ line: Int, _ problem: Problem) throws(DataError) {
      let error = problem.error(path, line)
      guard skipping else { throw error }
      skipped.append(error.description)
    }
    while try reader.next() {
      if isHeader {
        isHeader = false
        continue
      }
      if let line = reader.emptyLine {
        try problem(
          line, Problem(column: nil, text: "has separators and nothing between them; remove it"))
      }
      do throws(Problem) {
        if let problem = Self.problem(with: reader, columns.count, isRagged: isRagged) {
          throw problem
        }
        try body(reader)
      } catch { try problem(reader.line, error) }
    }
    if skipping, skipped.count >= rowCount, let first = skipped.first {
      throw DataError(.bad, path, "has no row that can be read. The first: \(first)")
    }
  }

  /// The number in a column.
  func number(_ reader: TableReader, _ column: Int) throws(Problem) -> Double {
    guard column < reader.fields.count else {
      throw Problem(column: column, text: "holds nothing where a number is needed; fill the gap")
    }
    switch TableNumber(reader.trimmed(column), decimal: decimal) {
    case .number(let number): return number
    case .missing:
      let text = reader.text(column)
      throw Problem(
        column: column,
        text: "holds \(text.isEmpty ? "nothing" : "\"\(text)\"") where a number is needed; fill "
          + "the gap")
    case .word:
      let text = reader.text(column)
      let shown = text.count > 20 ? "\(text.prefix(20))..." : text
      throw Problem(
        column: column, text: "holds \"\(shown)\" where a number is needed; mend it")
    }
  }

  /// Whether a column has nothing, or what stands for a missing number.
  func isMissing(_ reader: TableReader, _ column: Int) -> Bool {
    TableNumber(reader.trimmed(column), decimal: decimal) == .missing
  }

  /// The label in a column.
  func label(_ reader: TableReader, _ column: Int) throws(Problem) -> String {
    let text = column < reader.fields.count ? reader.text(column) : ""
    if let problem = ClassNames.problem(with: text, isQuoted: reader.isQuoted(column)) {
      throw Problem(column: column, text: problem)
    }
    return text
  }
}
