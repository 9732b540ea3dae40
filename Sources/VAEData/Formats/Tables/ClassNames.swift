/// The classes of tables and texts, as they are written.
enum ClassNames {
  /// What the column of labels may be called.
  static let columns = ["label", "labels", "class", "target", "y"]

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

  /// What is wrong with a label as it is written, if anything is.
  static func problem(with label: String, isQuoted: Bool) -> String? {
    if label.contains("\u{FFFD}") {
      return "holds a label that is not UTF-8; convert the file to it"
    }
    guard label.isEmpty || !isQuoted && TableNumber.missingNames.contains(label) else { return nil }
    return label.isEmpty
      ? "holds no label; give it one, or leave the row out"
      : "holds \"\(label)\", which stands for a label that is missing; give it one, quote it if it "
        + "is a name, or leave the row out"
  }
}
