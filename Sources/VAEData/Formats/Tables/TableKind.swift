internal import SystemFiles

/// What the first rows of a table look like.
enum TableKind {
  /// Texts: more columns of words than of anything else, one of long ones, or one that is called so.
  case text
  /// The steps of a series: a column tells times.
  case steps
  /// Series, as the UCR archive writes them: a class in front, or behind, and many numbers, of which
  /// neighbours are alike.
  case series(length: Int, labelsAreLast: Bool)
  /// Rows of numbers, beside which there may be names of classes.
  case numbers

  /// The kind of a file of text, or of the first table of a folder; nil of anything else.
  ///
  /// - Throws: ``DataError`` when the file cannot be read.
  init?(_ path: String) throws(DataError) {
    var path = path
    if case .folder = PathKind(path) {
      let folder = try Folder.unwrapped(path)
      // Beside images a table tells their labels.
      let names = try Folder.names(in: folder)
      guard let name = names.first, names.allSatisfy(TextSet.matches) else { return nil }
      path = "\(folder)/\(name)"
    }
    guard PathKind(path) == .file,
      TextSet.matches(try DataFile.unpackedPrefix(of: path, count: 512).bytes)
    else { return nil }
    let sample = try TableDialect.recognized(
      in: ByteFile(path), TableOptions(),
      candidates: [.tab, .semicolon, .comma, .bar, .blank], comment: "#"
    ) { [$0.numbers, $0.agreement] }
    // What has a header has no numbers there.
    let texts = (sample.rows.count > 1 ? Array(sample.rows.dropFirst()) : sample.rows)
      .map { $0.map(\.text) }
    let decimal = (try? sample.decimal(of: path)) ?? UInt8(ascii: ".")
    let rows = texts.map { row in row.map { TableNumber($0, decimal: decimal) } }
    guard let width = rows.first?.count, width > 0 else { return nil }
    func share(_ column: Int, _ holds: (String, TableNumber) -> Bool) -> Double {
      let held = zip(texts, rows).count { text, row in
        column < min(text.count, row.count) && holds(text[column], row[column])
      }
      return Double(held) / Double(rows.count)
    }
    // What may be a number with a comma is no word.
    let words = (0..<width).filter {
      share($0) { $1 == .word && TableNumber.mark(in: $0) == nil } > 0.5
    }
    let times = words.filter { share($0) { text, _ in Self.isTime(text) } == 1 }
    let isLong = words.contains { share($0) { text, _ in text.utf8.count > 20 } > 0.5 }
    let isCalledText =
      sample.rows.first?.contains { TextColumns.textNames.contains($0.text.lowercased()) } ?? false
    if !times.isEmpty, words == times, width > times.count {
      self = .steps
    } else if words.count * 2 > width || isLong || isCalledText {
      self = .text
    } else if words.isEmpty, Self.areSeries(rows) {
      self = .series(length: width - 1, labelsAreLast: false)
    } else if words.isEmpty, Self.areSeries(rows.map { $0.reversed() }) {
      self = .series(length: width - 1, labelsAreLast: true)
    } else {
      self = .numbers
    }
  }

  /// Whether rows begin with a whole number and go on with many that are not, and are alike where they
  /// are neighbours.
  private static func areSeries(_ rows: [[TableNumber]]) -> Bool {
    func isWhole(_ cell: TableNumber) -> Bool {
      if case .number(let number) = cell { number == number.rounded() } else { false }
    }
    let (width, rest) = (rows.first?.count ?? 0, rows.flatMap { $0.dropFirst() })
    return width > 20 && rows.allSatisfy { $0.first.map(isWhole) ?? false }
      && rest.count(where: isWhole) * 2 < rest.count && areSmooth(rows)
  }

  /// Whether a number is more like the one before it than like any other of its row, in most rows.
  private static func areSmooth(_ rows: [[TableNumber]]) -> Bool {
    let smooth = rows.count { row in
      let numbers = row.dropFirst().compactMap { cell -> Double? in
        if case .number(let number) = cell { number } else { nil }
      }
      guard numbers.count > 10 else { return false }
      let mean = numbers.reduce(0, +) / Double(numbers.count)
      let spread = numbers.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
      let steps = zip(numbers, numbers.dropFirst()).reduce(0) {
        $0 + ($1.1 - $1.0) * ($1.1 - $1.0)
      }
      // Of numbers in any order the squared steps are twice the squared distances from the mean.
      return steps < spread
    }
    return smooth * 2 > rows.count
  }

  /// Whether a cell is a date or a time of day: digits, with at least two marks between them.
  private static func isTime(_ text: String) -> Bool {
    let marks = text.utf8.count { "-/:".utf8.contains($0) }
    return marks >= 2 && text.utf8.count { (0x30...0x39).contains($0) } >= 4
      && text.utf8.allSatisfy {
        (0x2B...0x3A).contains($0) || $0 == 0x20 || $0 == UInt8(ascii: "T")
          || $0 == UInt8(ascii: "Z")
      }
  }
}
