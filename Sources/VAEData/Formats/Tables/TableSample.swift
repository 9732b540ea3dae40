/// The first rows of a table, divided in one of the ways that come into question.
struct TableSample {
  let dialect: TableDialect
  /// The first cells of each row.
  private(set) var rows: [[TableCell]] = []
  /// How many fields each row has.
  private(set) var counts: [Int] = []

  private static let rowLimit = 100
  private static let cellLimit = 20_000

  init(_ file: ByteFile, _ dialect: TableDialect) throws(DataError) {
    self.dialect = dialect
    let reader = try TableReader(file, dialect)
    var cells = 0
    while rows.count < Self.rowLimit, rows.count < 2 || cells < Self.cellLimit, try reader.next() {
      rows.append(reader.cells(1000))
      counts.append(reader.fields.count)
      cells += reader.fields.count
    }
  }

  /// Whether the header has no name for a first column of row names, as R writes it.
  var hasRowNames: Bool {
    guard rows.count > 1, let header = rows.first, counts[1] == counts[0] + 1,
      !header.contains(where: { Double($0.text) != nil && !$0.isQuoted }),
      let last = rows[1].last, !last.text.isEmpty || last.isQuoted
    else { return false }
    let names = rows.dropFirst().compactMap(\.first)
    if header.allSatisfy(\.isQuoted), names.allSatisfy(\.isQuoted) { return true }
    // Numbers from 1; of a column before a comma they may also be those before decimals.
    let isCounting = zip(names, 1...).allSatisfy { $0.text == "\($1)" }
    let least = header.count == 1 && dialect.separator == UInt8(ascii: ",") ? 4 : 2
    return isCounting && names.count >= least
  }

  /// Whether the first row has more than one field, or the others have names before one.
  var isDivided: Bool { counts.first.map { $0 > 1 } ?? false || hasRowNames }

  /// The share of rows with as many fields as the first.
  var agreement: Double {
    guard let first = counts.first else { return 0 }
    let width = hasRowNames ? first + 1 : first
    // What a comma at the end of a row adds is nothing.
    let agreeing = zip(rows, counts).dropFirst().count { row, count in
      count == width || count == width + 1 && row.count == count && row[width].text.isEmpty
    }
    return counts.count < 2 ? 1 : Double(agreeing) / Double(counts.count - 1)
  }

  /// The share of cells that are numbers or stand for one, but for those of the first row.
  var numbers: Double {
    var (numbers, all) = (0, 0)
    for cell in (rows.count > 1 ? rows.dropFirst() : rows[...]).joined() {
      all += 1
      if TableNumber(cell.text, decimal: 0x2E) != .word || TableNumber.mark(in: cell.text) == .comma
        || TableNumber.mark(in: cell.text) == .thousands
      {
        numbers += 1
      }
    }
    return all == 0 ? 0 : Double(numbers) / Double(all)
  }
}

extension TableSample {
  /// The decimal mark of the numbers in columns that hold nothing else.
  func decimal(of path: String) throws(DataError) -> UInt8 {
    var found: [TableNumber.Mark: (row: Int, text: String)] = [:]
    func isNumber(_ text: String, _ mark: TableNumber.Mark?) -> Bool {
      mark != nil || TableNumber(text, decimal: TableOptions.Decimal.point.byte) != .word
    }
    for column in 0..<(rows.map(\.count).max() ?? 0) {
      var cells = rows.compactMap { column < $0.count ? $0[column].text : nil }
      if let first = cells.first, !isNumber(first, TableNumber.mark(in: first)) {
        cells.removeFirst()
      }
      let marks = cells.map(TableNumber.mark)
      guard zip(cells, marks).allSatisfy(isNumber) else { continue }
      for (row, (text, mark)) in zip(cells, marks).enumerated() {
        if let mark, found[mark] == nil { found[mark] = (row, text) }
      }
    }
    if let both = found[.both] {
      throw DataError(
        .usage, path,
        "has numbers such as \(both.text), with marks between thousands; write them without such marks."
      )
    }
    guard let comma = found[.comma] ?? found[.thousands] else { return UInt8(ascii: ".") }
    if let point = found[.point], found[.comma] != nil {
      throw DataError(
        .usage, path,
        "has numbers with a comma (\(comma.text)) and with a point (\(point.text)); say which of "
          + "them stands before decimals (data.decimal).")
    }
    if found[.comma] != nil { return UInt8(ascii: ",") }
    if found[.point] != nil { return UInt8(ascii: ".") }
    throw DataError(
      .usage, path,
      "has numbers such as \(comma.text), whose comma may stand before decimals or between "
        + "thousands; say that it stands before decimals (data.decimal: comma), or write them without it."
    )
  }
}

extension TableDialect {
  /// The rows as options say they are written; what they do not say is found out from the first rows.
  ///
  /// - Parameters:
  ///   - file: The table.
  ///   - options: What is known.
  ///   - candidates: The separators that come into question, the likeliest first.
  ///   - comment: What begins a comment where the options do not say.
  ///   - score: How well a sample is divided, the most important first; nil where it is not.
  /// - Returns: A sample of the table, with how it is divided.
  /// - Throws: ``DataError`` when the file cannot be read.
  static func recognized(
    in file: ByteFile, _ options: TableOptions, candidates: [TableOptions.Separator],
    comment: String, score: (TableSample) -> [Double]?
  ) throws(DataError) -> TableSample {
    var plain = TableDialect(isQuoted: options.isQuoted)
    plain.comment = Array((options.comment ?? comment).utf8)
    plain.separator = options.separator?.byte
    let first = try file.bytes(0..<min(file.count, 16)).drop { [0xEF, 0xBB, 0xBF].contains($0) }
    let line = Array(first.prefix { !$0.isLineEnd })
    if line.count == 5, line.starts(with: Array("sep=".utf8)) {
      plain.hasSeparatorLine = true
      plain.separator = plain.separator ?? line[4]
    }
    if plain.separator != nil { return try TableSample(file, plain) }
    var best: (sample: TableSample, score: [Double])?
    for candidate in candidates {
      var dialect = plain
      dialect.separator = candidate.byte
      let sample = try TableSample(file, dialect)
      guard sample.isDivided, let found = score(sample) else { continue }
      if let best, !best.score.lexicographicallyPrecedes(found) { continue }
      best = (sample, found)
    }
    if let best { return best.sample }
    return try TableSample(file, plain)
  }
}
