internal import SystemFiles

/// A row of a table an example.
struct TextColumns: TextFormat {
  private let dialect: TableDialect
  private let hasHeader: Bool
  private let textColumn: Int
  private let labelColumn: Int?
  /// Fields of every row.
  private let count: Int
  /// Whether the header calls the texts SMILES.
  let areMolecules: Bool
  /// Whether letters such as NA may be a text rather than stand for a missing one.
  private let takesAnyWord: Bool

  static let textNames = ["text", "sentence", "smiles", "sequence"]

  /// Finds the columns.
  init(
    _ file: ByteFile, separators: [TableOptions.Separator], _ options: TextOptions
  ) throws(DataError) {
    let wanted = [options.column, options.labelColumn].compactMap(\.self)
    func isKnown(_ name: String) -> Bool {
      Int(name) == nil && wanted.contains(name) || Self.textNames.contains(name.lowercased())
        || ClassNames.columns.contains(name.lowercased())
    }
    let sample = try TableDialect.recognized(
      in: file, options.table, candidates: separators, comment: ""
    ) { sample in
      let known = sample.rows.first?.count { isKnown($0.text) } ?? 0
      // Tabs alone divide what is called TSV, but for a header that names other columns.
      let isLikely = separators[0] == .comma || sample.dialect.separator == separators[0].byte
      return known > 0 || isLikely ? [Double(known), sample.agreement] : nil
    }
    dialect = sample.dialect
    let reader = try TableReader(file, dialect)
    guard try reader.next() else { throw DataError(.bad, file.path, "is empty; check the file.") }
    if let problem = reader.problem { throw DataError(file.path, reader.line, problem) }
    let first = (sample.hasRowNames ? [""] : []) + reader.cells().map(\.text)
    count = first.count
    func place(of names: [String]) -> Int? {
      first.firstIndex { names.contains($0.lowercased()) }
    }
    let hasHeader =
      options.header
      ?? (sample.hasRowNames || place(of: Self.textNames) != nil
        || first.contains { Int($0) == nil && wanted.contains($0) }
        || (first.count > 1 && place(of: ClassNames.columns) != nil))
    func column(_ name: String) throws(DataError) -> Int {
      if hasHeader, let place = first.firstIndex(of: name) { return place }
      if let number = Int(name), (1...first.count).contains(number) { return number - 1 }
      throw DataError(
        .bad, file.path,
        "has no column \"\(name)\": its first row is \(Self.listed(first)); name one, or number them "
          + "from 1.")
    }
    self.hasHeader = hasHeader
    let label =
      try options.labelColumn.map(column) ?? (hasHeader ? place(of: ClassNames.columns) : nil)
    labelColumn = label
    takesAnyWord = options.tokenizer == .aminoAcids || options.tokenizer == .nucleotides
    // The column that numbers the rows has no name.
    let others = first.indices.filter { $0 != label && !(hasHeader && first[$0].isEmpty) }
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
    areMolecules = hasHeader && first[textColumn].lowercased() == "smiles"
  }

  private static func listed(_ names: [String]) -> String {
    SystemFiles.listed(names.map { "'\($0)'" }, allIn: "its header")
  }

  func forEachRecord(
    in file: ByteFile, _ body: (TextRecord) throws(DataError) -> Void
  ) throws(DataError) {
    let reader = try TableReader(file, dialect)
    var isHeader = hasHeader
    while try reader.next() {
      if !isHeader {
        // The problem may lie in lines that are no part of the record.
        try body(
          TextRecord(
            offset: reader.offset, bytes: Array(reader.bytes), number: reader.line,
            problem: reader.problem.map(TokenError.init)))
      }
      isHeader = false
    }
  }

  func example(in record: [UInt8]) throws(TokenError) -> TextExample {
    var scanner = TableScanner(dialect)
    let (text, label) = record.withUnsafeBytes { bytes -> (text: [UInt8]?, label: [UInt8]?) in
      guard scanner.scan(bytes, isAtEnd: true) != nil else { return (nil, nil) }
      func field(_ column: Int?) -> [UInt8]? {
        guard let column, scanner.fields.indices.contains(column) else { return nil }
        return scanner.fields[column].text(in: bytes)
      }
      return (field(textColumn), field(labelColumn))
    }
    if let problem = scanner.problem { throw TokenError(problem) }
    var width = scanner.fields.count
    while width > count, scanner.fields[width - 1].range.isEmpty { width -= 1 }
    guard width == count, var text else {
      throw TokenError(
        problem: "has \(width) columns, but the first row has \(count); "
          + (width > count ? "quote what holds a separator" : "mend the line"))
    }
    if !takesAnyWord, !scanner.fields[textColumn].isQuoted,
      TableNumber.missingNames.contains(String(decoding: text, as: UTF8.self))
    {
      text = []
    }
    guard let labelColumn else { return TextExample(text: text, label: nil) }
    let isQuoted = scanner.fields[labelColumn].isQuoted
    var name = String(decoding: label ?? [], as: UTF8.self)
    if !isQuoted { name = name.withoutBlanksAround }
    if let problem = ClassNames.problem(with: name, isQuoted: isQuoted), !text.isEmpty {
      throw TokenError(problem: problem, column: labelColumn)
    }
    return TextExample(text: text, label: name)
  }
}

extension String {
  /// The text without blanks and tabulators at its ends.
  var withoutBlanksAround: String {
    let start = utf8.firstIndex { !$0.isBlank } ?? endIndex
    let end = utf8.lastIndex { !$0.isBlank }.map(utf8.index(after:)) ?? start
    return String(self[start..<end])
  }
}

extension TokenError {
  /// A row that cannot be divided.
  fileprivate init(_ problem: TableScanner.Problem) {
    self.init(
      problem: problem.advice + ", or set data.quoted to false where quotes enclose nothing",
      column: problem.column - 1)
  }
}
