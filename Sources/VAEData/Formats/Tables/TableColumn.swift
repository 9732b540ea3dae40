/// What a column of a table holds, known once all rows have been seen.
struct TableColumn {
  /// What the header calls it; nil without a header.
  var name: String?
  /// How many cells hold numbers.
  private(set) var numbers = 0
  /// How many hold neither a number nor what stands for a missing one.
  private(set) var words = 0
  /// Whether all numbers are whole and 0 to 255, and the greatest number.
  private(set) var isByte = true
  /// Whether all numbers are whole.
  private(set) var isWhole = true
  private(set) var largest = -Double.infinity
  /// The first number, and whether each is the one before it and 1.
  private var first = 0.0
  private var counts = true
  private(set) var isQuoted = true

  /// Whether the cells number the rows, from 0 or from 1.
  var isCounting: Bool { counts && numbers > 0 && words == 0 && (first == 0 || first == 1) }
  /// Whether no cell holds anything.
  var isEmpty: Bool { numbers == 0 && words == 0 }

  mutating func add(_ cell: TableNumber, isQuoted: Bool) {
    self.isQuoted = self.isQuoted && isQuoted
    switch cell {
    case .number(let number):
      if numbers == 0 { first = number }
      counts = counts && number == first + Double(numbers)
      largest = max(largest, number)
      isWhole = isWhole && number == number.rounded()
      isByte = isByte && number >= 0 && number <= 255 && number == number.rounded(.down)
      numbers += 1
    case .missing: counts = false
    case .word: words += 1
    }
  }

  /// The column with a row put before the others.
  func preceded(by cell: TableNumber, isQuoted: Bool) -> TableColumn {
    var column = TableColumn(name: name)
    column.add(cell, isQuoted: isQuoted)
    column.isQuoted = column.isQuoted && self.isQuoted
    column.counts = column.counts && counts && (numbers == 0 || first == column.first + 1)
    column.largest = max(column.largest, largest)
    column.isByte = column.isByte && isByte
    column.isWhole = column.isWhole && isWhole
    if column.numbers == 0 { column.first = first }
    column.numbers += numbers
    column.words += words
    return column
  }

  /// Names of columns that number the rows, in small letters.
  private static let indexNames: Set = ["id", "rownames", "row.names", "row_names", "row_id"]
  /// Names that do where the cells count.
  private static let countingNames: Set = ["index", "idx", "row", "no", "nr", "#"]

  /// Whether it numbers or names the rows and says nothing of them, at a place from 0.
  func isIndex(at place: Int) -> Bool {
    guard let name = name?.lowercased() else { return false }
    if place == 0, name.isEmpty || name == "unnamed: 0" { return true }
    return Self.indexNames.contains(name) || Self.countingNames.contains(name) && isCounting
  }
}
