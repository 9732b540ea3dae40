/// Texts in a column of a table.
enum TextTables {
  private static let usualColumns = ["text", "sentence", "smiles", "sequence", "review", "content"]

  /// The texts of a CSV, or of a TSV by its name's ending.
  ///
  /// - Throws: ``DataError`` where the column is not there, a row is short, or a text is empty.
  static func read(_ path: String, _ options: TextOptions) throws(DataError) -> TextRecords {
    let isTabbed = path.hasSuffix(".tsv") || path.hasSuffix(".tsv.gz")
    var rows = DelimitedRows(
      try TextLines.contents(of: path),
      separator: isTabbed ? UInt8(ascii: "\t") : UInt8(ascii: ","), path: path)
    guard let first = try rows.next() else {
      throw DataError(.bad, path, "is empty; give a table with a row an example.")
    }
    let columns = try Columns(first, options, path)
    var table = Table(columns: columns, options: options, path: path)
    if !columns.hasHeader { try table.add(first, line: rows.lineNumber) }
    while let row = try rows.next() { try table.add(row, line: rows.lineNumber) }
    return table.records
  }

  /// Where a table has its texts and its classes.
  private struct Columns {
    let text: Int
    let label: Int?
    let hasHeader: Bool

    init(_ first: [String], _ options: TextOptions, _ path: String) throws(DataError) {
      let names = first.map { $0.trimmed }
      func place(_ column: String, of what: String) throws(DataError) -> (Int, isName: Bool) {
        if let place = names.firstIndex(of: column) { return (place, true) }
        if let number = Int(column), (1...names.count).contains(number) {
          return (number - 1, false)
        }
        throw DataError(
          .bad, path,
          "has no \(what) '\(column)'; its columns are \(names.map { "'\($0)'" }.joined(separator: ", "))."
        )
      }
      var named = false
      if let column = options.column {
        (text, named) = try place(column, of: "column")
      } else if let usual = names.firstIndex(where: { usualColumns.contains($0.lowercased()) }) {
        (text, named) = (usual, true)
      } else if names.count == 1 {
        text = 0
      } else {
        throw DataError(
          .usage, path,
          "has the columns \(names.map { "'\($0)'" }.joined(separator: ", ")); say which holds the "
            + "text with --set data.column=NAME, or by its number where there is no header.")
      }
      if let column = options.labelColumn {
        let found = try place(column, of: "label column")
        label = found.0
        named = named || found.isName
      } else {
        label =
          named ? names.firstIndex { ["label", "class", "intent"].contains($0.lowercased()) } : nil
      }
      hasHeader = named
    }
  }

  /// The rows as they come in.
  private struct Table {
    let columns: Columns
    let options: TextOptions
    let path: String
    var texts: [String] = []
    var lines: [Int] = []
    var classes: [String] = []

    mutating func add(_ row: [String], line: Int) throws(DataError) {
      let last = max(columns.text, columns.label ?? 0)
      guard row.count > last else {
        throw DataError(
          .bad, path, "line \(line) has \(row.count) fields, but column \(last + 1) is wanted.")
      }
      let text = row[columns.text].trimmed
      guard !text.isEmpty else {
        if options.skipEmpty { return }
        throw DataError(
          .bad, path,
          "line \(line) has no text; take it out, or pass over such lines with "
            + "--set data.skip_empty=true.")
      }
      texts.append(text)
      lines.append(line)
      if let label = columns.label { classes.append(row[label].trimmed) }
    }

    var records: TextRecords {
      TextRecords(
        store: TextStore(texts, path: path, unit: "line", numbers: lines),
        classes: columns.label == nil ? nil : classes)
    }
  }
}

extension String {
  /// Without spaces at both ends.
  var trimmed: String {
    let isSpace: (Character) -> Bool = { $0 == " " || $0 == "\t" }
    guard first.map(isSpace) == true || last.map(isSpace) == true else { return self }
    return String(drop(while: isSpace).reversed().drop(while: isSpace).reversed())
  }
}
