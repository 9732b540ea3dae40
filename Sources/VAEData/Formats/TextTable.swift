internal import TensorCore

/// A table of numbers in text, a row an example.
///
/// Numbers are separated by commas, semicolons, tabs or blanks, whichever the first row has. A first row
/// with words is a header, and the column it calls `label`, `class`, `target` or `y` holds the labels,
/// numbers or names. Without a header, the first column holds them where only the other columns make an
/// image: a square one, or one of the shape that the options give.
///
/// Tables of whole numbers 0 to 255 are kept as bytes, any other as float32.
struct TextTable {
  private let path: String
  private let options: DataOptions
  /// What stands between numbers; a blank stands for any run of blanks.
  private let separator: UInt8
  private let hasHeader: Bool
  private let columnCount: Int
  private let labelColumn: Int?
  private let rowCount: Int

  static let labelNames = ["label", "labels", "class", "target", "y"]

  init(_ path: String, _ options: DataOptions) throws(DataError) {
    self.path = path
    self.options = options
    let reader = try LineReader(path)
    var rows = 0
    var first: [String]?
    var separator: UInt8 = 0x20
    while let line = try reader.next() {
      if Self.isBlank(line) { continue }
      if first == nil {
        separator = [0x2C, 0x3B, 0x09].first(where: line.contains) ?? 0x20
        first = Fields(line, separator: separator).map { Self.text($0) }
      }
      rows += 1
    }
    guard let first else { throw DataError(.bad, path, "is empty; check the file.") }
    self.separator = separator
    columnCount = first.count
    let labelled = first.firstIndex { Self.labelNames.contains($0.lowercased()) }
    // A header has words; a first row that has one only in the place of the label is data.
    hasHeader = labelled != nil || first.filter { Float($0) == nil }.count > 1
    rowCount = hasHeader ? rows - 1 : rows
    guard rowCount > 0 else {
      throw DataError(.bad, path, "holds a header and no rows; check the file.")
    }
    if hasHeader {
      labelColumn = labelled
    } else {
      let wanted = options.rowShape?.count
      func fits(_ count: Int) -> Bool {
        if let wanted { return count == wanted }
        let side = Int(Double(count).squareRoot().rounded())
        return side * side == count
      }
      labelColumn = columnCount > 1 && !fits(columnCount) && fits(columnCount - 1) ? 0 : nil
    }
    guard columnCount > (labelColumn == nil ? 0 : 1) else {
      throw DataError(.bad, path, "holds labels and nothing else; check the file.")
    }
  }

  /// The images and their labels.
  func dataset() throws(DataError) -> ImageDataset {
    let layout = try ImageLayout(
      dimensions: [rowCount, rowLength], rowShape: options.rowShape, of: path)
    let source: any PixelSource
    let labels: [String]
    if let bytes = try rows(of: { UInt8(exactly: $0) }) {
      // Zeros and ones are such; anything larger spans 0 to 255.
      source = ByteSource(region: bytes.region, isScaled: bytes.largest > 1)
      labels = bytes.labels
    } else if let floats = try rows(of: { Float($0) }) {
      source = FloatSource(region: floats.region, offset: 0)
      labels = floats.labels
    } else {
      throw changed
    }
    let (numbers, names) = Self.classes(labels)
    return ImageDataset(
      name: path, count: rowCount, imageShape: layout.shape,
      labels: labelColumn == nil ? nil : numbers, classNames: names, source: source)
  }

  private var rowLength: Int { columnCount - (labelColumn == nil ? 0 : 1) }

  private var changed: DataError {
    DataError(.bad, path, "changed while it was read; open it again.")
  }

  /// The numbers of all rows, and their labels as they are written.
  private struct Rows<Element> {
    let region: Region
    let largest: Element
    let labels: [String]
  }

  /// Reads all rows as elements that `convert` makes; nil when it cannot make one of a number.
  private func rows<Element: BitwiseCopyable & Comparable & ExpressibleByIntegerLiteral>(
    of convert: (Double) -> Element?
  ) throws(DataError) -> Rows<Element>? {
    let reader = try LineReader(path)
    var labels: [String] = []
    var largest: Element = 0
    var isConvertible = true
    let count = rowCount * rowLength * MemoryLayout<Element>.stride
    let region = try Region(count: count, for: path) { memory throws(DataError) in
      let elements = memory.bindMemory(to: Element.self)
      var isHeader = hasHeader
      var next = 0
      while next < elements.count, let line = try reader.next() {
        if Self.isBlank(line) { continue }
        if isHeader {
          isHeader = false
          continue
        }
        var column = 0
        for field in Fields(line, separator: separator) {
          defer { column += 1 }
          if column >= columnCount { continue }
          if column == labelColumn {
            labels.append(Self.text(field))
            continue
          }
          guard let element = convert(try number(in: field, reader.lineNumber, column)) else {
            isConvertible = false
            return
          }
          largest = max(largest, element)
          elements[next] = element
          next += 1
        }
        guard column == columnCount else {
          throw DataError(
            .bad, path,
            "line \(reader.lineNumber) has \(column) columns, but the first has \(columnCount); "
              + "mend the line.")
        }
      }
      guard next == elements.count else { throw changed }
    }
    return isConvertible ? Rows(region: region, largest: largest, labels: labels) : nil
  }

  private func number(
    in field: UnsafeRawBufferPointer, _ line: Int, _ column: Int
  ) throws(DataError) -> Double {
    // Nearly every number of an image has one to three digits.
    if (1...3).contains(field.count), field.allSatisfy({ (0x30...0x39).contains($0) }) {
      return Double(field.reduce(0) { 10 * $0 + Int($1) - 0x30 })
    }
    let text = Self.text(field)
    guard let number = Double(text), number.isFinite, Float(number).isFinite else {
      let shown = text.count > 20 ? "\(text.prefix(20))..." : text
      throw DataError(
        .bad, path,
        "line \(line), column \(column + 1) holds "
          + (text.isEmpty ? "nothing" : "\"\(shown)\"") + " where a number is needed; mend it.")
    }
    return number
  }

  /// Labels as numbers: their own where all are whole and not negative, else their places among the
  /// names in alphabetical order.
  static func classes(_ labels: [String]) -> (numbers: [Int32], names: [String]?) {
    var places: [String: Int32] = [:]
    for label in labels where places[label] == nil {
      places[label] = Int32(label) ?? Int32(Double(label).flatMap { Int32(exactly: $0) } ?? -1)
    }
    if places.values.allSatisfy({ (0..<(1 << 24)).contains($0) }) {
      return (labels.map { places[$0] ?? 0 }, nil)
    }
    let names = places.keys.sorted()
    for (place, name) in names.enumerated() { places[name] = Int32(place) }
    return (labels.map { places[$0] ?? 0 }, names)
  }

  static func isBlank(_ line: UnsafeRawBufferPointer) -> Bool {
    line.allSatisfy { $0 == 0x20 || $0 == 0x09 }
  }

  /// A field as text, without quotation marks and a mark of UTF-8 around it.
  static func text(_ field: UnsafeRawBufferPointer) -> String {
    var text = String(decoding: field, as: UTF8.self)[...]
    if text.hasPrefix("\u{FEFF}") { text = text.dropFirst() }
    if text.count >= 2, text.hasPrefix("\""), text.hasSuffix("\"") {
      text = text.dropFirst().dropLast()
    }
    return String(text)
  }
}

/// The fields of a line, blanks around them left out.
struct Fields: Sequence, IteratorProtocol {
  private let line: UnsafeRawBufferPointer
  private let separator: UInt8
  private var position = 0
  private var isAtEnd = false

  init(_ line: UnsafeRawBufferPointer, separator: UInt8) {
    self.line = line
    self.separator = separator
  }

  mutating func next() -> UnsafeRawBufferPointer? {
    let count = line.count
    while position < count, line[position] == 0x20 { position += 1 }
    if isAtEnd || (separator == 0x20 && position == count) { return nil }
    let start = position
    while position < count, line[position] != separator { position += 1 }
    var end = position
    while end > start, line[end - 1] == 0x20 { end -= 1 }
    if position < count { position += 1 } else { isAtEnd = true }
    return UnsafeRawBufferPointer(rebasing: line[start..<end])
  }
}
