internal import TensorCore

/// Images, or other rows of numbers, from a table in text, a row an example.
///
/// The column called `label`, `class`, `target` or `y` holds the labels, numbers or names. Without a
/// header, the first column holds them where only the other columns make an image: a square one, or one
/// of the shape that the options give. A column that numbers the rows is left out.
///
/// Tables of whole numbers 0 to 255 are kept as bytes, any other as float32.
struct ImageTable {
  private let path: String
  private var options: DataOptions
  private let table: NumberTable
  private let labelColumn: Int?
  /// The columns that make an image, in order.
  private let features: [Int]
  private var notes: [String] = []

  init(_ path: String, _ options: DataOptions) throws(DataError) {
    self.path = path
    self.options = options
    let table = try NumberTable(
      path, options.table, wanted: options.columns + [options.labelColumn].compactMap(\.self),
      skipping: options.skipsBadFiles)
    self.table = table
    var features = Array(table.columns.indices)
    func column(_ name: String) throws(DataError) -> Int { try table.place(of: name) }
    var label = try options.labelColumn.map(column)
    features.removeAll { [label] in $0 == label }
    if table.isNamed {
      let named = features
      let chosen = options.knownColumns ?? (options.columns.isEmpty ? nil : options.columns)
      if let chosen { features = try chosen.map(column) }
      if label == nil, let own = table.labelColumn, chosen == nil || !features.contains(own) {
        label = own
      }
      let words = named.filter { place in
        place != label && table.columns[place].words > 0 && table.columns[place].numbers == 0
          && !table.columns[place].isIndex(at: place)
      }
      for place in words {
        features.removeAll { $0 == place }
        let why: String
        if label == nil, words.count == 1, !table.namesRows(place) {
          label = place
          why = "is read as the label, since it holds words (data.label_column)"
        } else {
          why =
            table.namesRows(place)
            ? "is left out: it names the rows" : "is left out: it holds no numbers"
        }
        notes.append("\(path): \(table.title(of: place)) \(why).")
      }
      features.removeAll { [label] in $0 == label }
      if chosen == nil {
        for place in features where table.columns[place].isIndex(at: place) {
          notes.append("\(path): \(table.title(of: place)) is left out: it numbers the rows.")
          features.removeAll { $0 == place }
        }
        features.removeAll { table.columns[$0].name == "" && table.columns[$0].isEmpty }
      }
    } else if !options.columns.isEmpty {
      features = try options.columns.map(column)
    } else {
      if features.count > 1, let last = features.last, table.columns[last].isEmpty {
        features.removeLast()
      }
      let wanted = options.rowShape?.count
      func fits(_ count: Int) -> Bool {
        if let wanted { return count == wanted }
        return ImageLayout.side(ofSquare: count, options) != nil
      }
      if label == nil, features.count > 1, !fits(features.count), fits(features.count - 1) {
        let last = features[features.count - 1]
        if table.rowCount > 2, table.columns[0].isCounting {
          notes.append("\(path): column 1 is left out: it numbers the rows.")
          features.removeFirst()
        } else if !table.tellsClasses(features[0]), table.tellsClasses(last) {
          label = last
          features.removeLast()
        } else {
          label = features.removeFirst()
        }
        if let label {
          notes.append(
            "\(path): column \(label + 1) is read as the label, since the others make an image "
              + "(data.label_column).")
        }
      } else if label == nil, !fits(features.count) {
        // Nothing tells a label from a number of its row; but one may be asked about.
        let few = features.filter(table.tellsClasses)
        if few.count == 1, few[0] == features.first || few[0] == features.last {
          notes.append(
            "\(path): column \(few[0] + 1) is read as a number like the others; where it is the label, set "
              + "data.label_column to \(few[0] + 1).")
        }
      }
    }
    guard !features.isEmpty else {
      throw DataError(
        .bad, path,
        "holds \(label == nil ? "numbers of its rows" : "labels") and nothing else; check the file."
      )
    }
    labelColumn = label
    self.features = features
    // Columns that are called otherwise than pixels are no image, however many they are.
    if table.isNamed, self.options.rowShape == nil,
      !Self.areNumbered(features.map { table.columns[$0].name ?? "" })
    {
      self.options.rowShape = [1, features.count, 1]
    }
  }

  /// Whether names differ in their numbers alone, such as `pixel0`, `V1` and `1x1`.
  private static func areNumbered(_ names: [String]) -> Bool {
    let stems = Set(names.map { $0.filter { !$0.isNumber } })
    return stems.count == 1 && names.allSatisfy { $0.contains(where: \.isNumber) }
  }

  /// The images and their labels.
  func dataset() throws(DataError) -> ImageDataset {
    let layout = try ImageLayout(
      dimensions: [table.rowCount, features.count], options: options, of: path)
    // Whole numbers of a single row are no pixels.
    let isByte =
      layout.shape.dimensions != [1, features.count, 1]
      && features.allSatisfy { table.columns[$0].isByte }
    // Zeros and ones are such; anything larger spans 0 to 255.
    let largest = features.map { table.columns[$0].largest }.max() ?? 0
    let rows =
      if isByte {
        try rows { UInt8(exactly: $0) ?? 0 }
      } else {
        try rows { Float($0) }
      }
    let (numbers, names) = ClassNames.classes(rows.labels)
    return ImageDataset(
      name: path, count: rows.count, imageShape: layout.shape,
      labels: labelColumn == nil ? nil : numbers, classNames: labelColumn == nil ? nil : names,
      columnNames: table.isNamed && layout.shape[0] == 1
        ? features.map { table.columns[$0].name ?? "" } : nil,
      skipped: rows.skipped, notes: notes,
      source: isByte
        ? ByteSource(region: rows.region, isScaled: largest > 1)
        : FloatSource(region: rows.region, offset: 0))
  }

  /// The numbers of all rows, and their labels as they are written.
  private struct Rows {
    let region: Region
    let count: Int
    let labels: [String]
    let skipped: [String]
  }

  private func rows<Element: BitwiseCopyable>(
    _ convert: (Double) -> Element
  ) throws(DataError) -> Rows {
    var (labels, skipped): ([String], [String]) = ([], [])
    var count = 0
    let capacity = table.rowCount * features.count
    let region = try Region(
      count: capacity * MemoryLayout<Element>.stride, for: path
    ) { memory throws(DataError) in
      let elements = memory.bindMemory(to: Element.self)
      var changed = false
      try table.forEachRow(skipping: options.skipsBadFiles, &skipped) {
        row throws(NumberTable.Problem) in
        var next = count * features.count
        guard next + features.count <= capacity else {
          changed = true
          return
        }
        for column in features {
          elements[next] = convert(try table.number(row, column))
          next += 1
        }
        if let labelColumn { labels.append(try table.label(row, labelColumn)) }
        count += 1
      }
      guard !changed, count + skipped.count >= table.rowCount else {
        throw DataError(.bad, path, "changed while it was read; open it again.")
      }
    }
    return Rows(region: region, count: count, labels: labels, skipped: skipped)
  }
}
