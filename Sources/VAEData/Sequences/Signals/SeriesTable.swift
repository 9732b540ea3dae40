/// One table of numbers, of which some columns are read as series.
struct SeriesTable {
  /// Rows that are examples, and their labels as they are written.
  struct Examples {
    let windows: SeriesWindows
    let labels: [String]
    let skipped: [String]
    let notes: [String]
  }

  private let path: String
  private let options: SignalOptions
  private let table: NumberTable
  private let labelColumn: Int?
  /// The columns that are features, from 0.
  let features: [Int]
  /// What the header calls them; nil without a header.
  var featureNames: [String]? {
    let names = features.compactMap { table.columns[$0].name }
    return names.count == features.count && Set(names).count == names.count ? names : nil
  }
  /// The column of text that tells the time, if there is one.
  private let timeColumn: Int?
  /// A sentence for each column that is left out.
  private(set) var notes: [String] = []

  /// Reads a table once; `isRagged` where a row is an example, and ends where it ends.
  init(_ path: String, _ options: SignalOptions, isRagged: Bool) throws(DataError) {
    self.path = path
    self.options = options
    let table = try NumberTable(
      path, options.table, wanted: options.columns + [options.labelColumn].compactMap(\.self),
      isRagged: isRagged, skipping: isRagged && options.skipBad)
    self.table = table
    func column(_ name: String) throws(DataError) -> Int { try table.place(of: name) }
    var label = try options.labelColumn.map(column) ?? table.labelColumn
    if label == nil, isRagged, !table.isNamed, options.columns.isEmpty,
      case .series(_, let labelsAreLast)? = try TableKind(path)
    {
      let place = labelsAreLast ? table.columns.count - 1 : 0
      label = place
      notes.append(
        "\(path): column \(place + 1) is read as the label, since it holds whole numbers and the others do not "
          + "(data.label_column).")
    }
    labelColumn = label
    timeColumn = table.columns.indices.first {
      $0 != label && table.columns[$0].words > 0 && table.columns[$0].numbers == 0
    }
    if options.columns.isEmpty {
      var features = table.columns.indices.filter { $0 != label }
      for place in features {
        let column = table.columns[place]
        let why: String? =
          if column.isIndex(at: place) {
            "it numbers the rows"
          } else if column.isEmpty, !isRagged || place == 0 {
            column.name ?? "" == "" ? "" : "it is empty"
          } else if column.numbers == 0, column.words > 0 {
            "it holds no numbers"
          } else {
            nil
          }
        guard let why else { continue }
        features.removeAll { $0 == place }
        if !why.isEmpty {
          notes.append("\(path): \(table.title(of: place)) is left out: \(why).")
        }
      }
      self.features = features
    } else {
      features = try options.columns.map(column)
    }
    guard !features.isEmpty else {
      throw DataError(.bad, path, "has no column of numbers; check the file.")
    }
  }

  /// All rows as the steps of one series; anomalous are those whose label is neither 0 nor false, or
  /// whose time lies in one of `anomalies`.
  func series(anomalies: [ClosedRange<String>]?) throws(DataError) -> SeriesSet.Series {
    var numbers: [Float] = []
    var marks: [Bool] = []
    if anomalies != nil && timeColumn == nil {
      throw DataError(
        .usage, path, "has no column of times, which anomalies are known by; leave them out.")
    }
    let isMarked = anomalies != nil || labelColumn != nil
    var skipped: [String] = []
    // A step left out would move those behind it, so none is.
    try table.forEachRow(skipping: false, &skipped) { row throws(NumberTable.Problem) in
      for column in features { numbers.append(Float(try table.number(row, column))) }
      guard isMarked else { return }
      let isLabelled = try labelColumn.map { column throws(NumberTable.Problem) in
        try mark(row, column)
      }
      let time = timeColumn.map { AnomalyTimes.second(row.text($0)) }
      marks.append(
        isLabelled == true || anomalies?.contains { $0.contains(time ?? "") } == true)
    }
    return SeriesSet.Series(
      name: path, region: try Region(numbers, for: path), offset: 0,
      length: numbers.count / features.count, isAnomalous: isMarked ? marks : nil)
  }

  private func mark(_ row: TableReader, _ column: Int) throws(NumberTable.Problem) -> Bool {
    switch column < row.fields.count ? row.text(column).lowercased() : "" {
    case "true": true
    case "false": false
    default: try table.number(row, column) != 0
    }
  }

  /// Every row as a series of its own.
  func examples() throws(DataError) -> Examples {
    var numbers: [Float] = []
    var ends: [Int] = []
    var (labels, skipped): ([String], [String]) = ([], [])
    try table.forEachRow(skipping: options.skipBad, &skipped) {
      row throws(NumberTable.Problem) in
      let label = try labelColumn.map { column throws(NumberTable.Problem) in
        try table.label(row, column)
      }
      let end = row.fields.indices.last { $0 != labelColumn && !table.isMissing(row, $0) } ?? -1
      let columns = features.filter { $0 <= end }
      guard !columns.isEmpty else {
        throw NumberTable.Problem(column: nil, text: "holds no numbers; leave it out")
      }
      let row = try columns.map { column throws(NumberTable.Problem) in
        Float(try table.number(row, column))
      }
      numbers += row
      ends.append(numbers.count)
      if let label { labels.append(label) }
    }
    let region = try Region(numbers, for: path)
    let series = zip([0] + ends, ends).map {
      SeriesSet.Series(
        name: path, region: region, offset: $0 * MemoryLayout<Float>.stride, length: $1 - $0)
    }
    return Examples(
      windows: try SeriesWindows(
        of: SeriesSet(floats: series, featureCount: 1), window: nil, stride: nil, path: path),
      labels: labels, skipped: skipped, notes: notes)
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
