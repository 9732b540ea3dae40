/// Series in text: CSV and TSV files.
///
/// With a window, or with columns named, the rows of a table are the steps of one series, and a folder
/// holds a series a table. Otherwise a row is an example of one feature, its end where nothing or NaN
/// follows, and the column called `label`, `class`, `target` or `y` holds the labels.
struct SeriesTables {
  let path: String
  let options: SignalOptions

  private var rowsAreSteps: Bool { options.window != nil || !options.columns.isEmpty }

  func file() throws(DataError) -> DatasetSplits<SequenceDataset> {
    if rowsAreSteps { return DatasetSplits(train: try windows(of: [path])) }
    return try examples(train: path, validation: nil, test: nil)
  }

  func folder(_ names: [String]) throws(DataError) -> DatasetSplits<SequenceDataset> {
    if rowsAreSteps {
      return DatasetSplits(
        train: try windows(of: names.filter(TextSet.matches).map { "\(path)/\($0)" }))
    }
    let parts = try TextSet.parts(of: path, names)
    return try examples(train: parts.train, validation: parts.validation, test: parts.test)
  }

  // MARK: - Rows as steps

  private func windows(of files: [String]) throws(DataError) -> SequenceDataset {
    let anomalies = try options.anomalies.map { path throws(DataError) in try AnomalyTimes(path) }
    let tables = try files.map { file throws(DataError) in
      let table = try SeriesTable(file, options)
      let times = try anomalies.map { times throws(DataError) in try times(of: file) }
      return (series: try table.series(anomalies: times), features: table.features.count)
    }
    return try SeriesWindows.dataset(tables, path, options)
  }

  // MARK: - Rows as examples

  private func examples(
    train: String, validation: String?, test: String?
  ) throws(DataError) -> DatasetSplits<SequenceDataset> {
    func rows(_ file: String) throws(DataError) -> SeriesTable.Examples {
      try SeriesTable(file, options).examples()
    }
    let train = try rows(train)
    let (validation, test) = (try validation.map(rows), try test.map(rows))
    // Classes are numbered alike in all parts.
    let parts = [train, validation, test].compactMap { $0?.labels }
    let (numbers, names) = TextTable.classes(parts.flatMap(\.self))
    var rest = numbers[...]
    func dataset(_ rows: SeriesTable.Examples) -> SequenceDataset {
      let labels = rest.prefix(rows.labels.count)
      rest = rest.dropFirst(rows.labels.count)
      return SequenceDataset(
        rows.windows, count: rows.windows.count, name: path,
        labels: labels.isEmpty ? nil : Array(labels), classNames: labels.isEmpty ? nil : names)
    }
    return DatasetSplits(
      train: dataset(train), validation: validation.map(dataset), test: test.map(dataset))
  }
}

/// One table of numbers, of which some columns are read.
struct SeriesTable {
  /// Rows that are examples, and their labels as they are written.
  struct Examples {
    let windows: SeriesWindows
    let labels: [String]
  }

  private let path: String
  private let separator: UInt8
  private let hasHeader: Bool
  private let labelColumn: Int?
  /// The columns that are features, from 0.
  let features: [Int]
  /// The column of text that tells the time, if there is one.
  private let timeColumn: Int?

  init(_ path: String, _ options: SignalOptions) throws(DataError) {
    self.path = path
    let reader = try LineReader(path)
    var rows: [[String]] = []
    var separator: UInt8 = 0x20
    while rows.count < 2, let line = try reader.next() {
      if TextTable.isBlank(line) { continue }
      if rows.isEmpty { separator = [0x2C, 0x3B, 0x09].first(where: line.contains) ?? 0x20 }
      rows.append(Fields(line, separator: separator).map { TextTable.text($0) })
    }
    guard let first = rows.first else { throw DataError(.bad, path, "is empty; check the file.") }
    let labelled = first.firstIndex { TextTable.labelNames.contains($0.lowercased()) }
    let hasHeader = labelled != nil || !first.contains { Double($0) != nil }
    guard let row = hasHeader ? rows.dropFirst().first : first else {
      throw DataError(.bad, path, "holds a header and no rows; check the file.")
    }
    func column(_ name: String) throws(DataError) -> Int {
      if hasHeader, let place = first.firstIndex(of: name) { return place }
      if let number = Int(name), (1...row.count).contains(number) { return number - 1 }
      let known =
        hasHeader
        ? "its columns are \(first.joined(separator: ", "))"
        : "it has \(row.count) columns and no header"
      throw DataError(.usage, path, "has no column \"\(name)\": \(known); name one of them.")
    }
    let label = try options.labelColumn.map(column) ?? labelled
    features =
      options.columns.isEmpty
      ? row.indices.filter { $0 != label && Double(row[$0]) != nil }
      : try options.columns.map(column)
    guard !features.isEmpty else {
      throw DataError(.bad, path, "has no column of numbers; check the file.")
    }
    self.separator = separator
    self.hasHeader = hasHeader
    labelColumn = label
    timeColumn = row.indices.first { $0 != label && Double(row[$0]) == nil }
  }

  /// All rows as the steps of one series; anomalous are those whose label is not 0, or whose time lies
  /// in one of `anomalies`.
  func series(anomalies: [ClosedRange<String>]?) throws(DataError) -> SeriesSet.Series {
    var numbers: [Float] = []
    var marks: [Bool] = []
    if anomalies != nil && timeColumn == nil {
      throw DataError(
        .usage, path, "has no column of times, which anomalies are known by; leave them out.")
    }
    let isMarked = anomalies != nil || labelColumn != nil
    try forEachRow { line, fields throws(DataError) in
      for column in features { numbers.append(try number(fields, column, line)) }
      guard isMarked else { return }
      let label = try labelColumn.map { column throws(DataError) in
        try number(fields, column, line)
      }
      let time = timeColumn.flatMap { $0 < fields.count ? AnomalyTimes.second(fields[$0]) : nil }
      marks.append(
        label ?? 0 != 0 || anomalies?.contains { $0.contains(time ?? "") } == true)
    }
    return SeriesSet.Series(
      name: path, region: try Region(numbers, for: path), offset: 0,
      length: numbers.count / features.count, isAnomalous: isMarked ? marks : nil)
  }

  /// Every row as a series of its own.
  func examples() throws(DataError) -> Examples {
    var numbers: [Float] = []
    var ends: [Int] = []
    var labels: [String] = []
    try forEachRow { line, fields throws(DataError) in
      let start = numbers.count
      let end = fields.indices.last { $0 != labelColumn && !Self.isNothing(fields[$0]) } ?? -1
      for column in 0..<(end + 1) where column != labelColumn {
        numbers.append(try number(fields, column, line))
      }
      guard numbers.count > start else {
        throw DataError(.bad, path, "line \(line) holds no numbers; leave it out.")
      }
      ends.append(numbers.count)
      guard let labelColumn else { return }
      guard labelColumn < fields.count else {
        throw DataError(.bad, path, "line \(line) has no label; mend the line.")
      }
      labels.append(fields[labelColumn])
    }
    let region = try Region(numbers, for: path)
    let series = zip([0] + ends, ends).map {
      SeriesSet.Series(
        name: path, region: region, offset: $0 * MemoryLayout<Float>.stride, length: $1 - $0)
    }
    return Examples(
      windows: try SeriesWindows(
        of: SeriesSet(floats: series, featureCount: 1), window: nil, stride: nil, path: path),
      labels: labels)
  }

  /// Gives `body` the number of each line, counted from 1, and its fields.
  private func forEachRow(
    _ body: (Int, [String]) throws(DataError) -> Void
  ) throws(DataError) {
    let reader = try LineReader(path)
    var isHeader = hasHeader
    while let line = try reader.next() {
      if TextTable.isBlank(line) { continue }
      if !isHeader {
        try body(
          reader.lineNumber, Fields(line, separator: separator).map { TextTable.text($0) })
      }
      isHeader = false
    }
  }

  private func number(
    _ fields: [String], _ column: Int, _ line: Int
  ) throws(DataError) -> Float {
    let text = column < fields.count ? fields[column] : ""
    guard let number = Float(text), number.isFinite else {
      let shown = text.count > 20 ? "\(text.prefix(20))..." : text
      throw DataError(
        .bad, path,
        "line \(line), column \(column + 1) holds "
          + (text.isEmpty ? "nothing" : "\"\(shown)\"")
          + " where a number is needed; mend it, or fill the gap.")
    }
    return number
  }

  private static func isNothing(_ text: String) -> Bool {
    text.isEmpty || text.lowercased() == "nan"
  }
}

extension Region {
  /// Numbers that stay as they are.
  convenience init(_ numbers: [Float], for path: String) throws(DataError) {
    try self.init(count: numbers.count * MemoryLayout<Float>.stride, for: path) { memory in
      numbers.withUnsafeBytes { memory.copyMemory(from: $0) }
    }
  }
}
