/// Texts with the names of their classes, if they have any, before they become tokens.
struct TextRecords: Sendable {
  var store: TextStore
  /// The class of each; nil where there are none.
  var classes: [String]?

  var count: Int { store.count }

  func keeping(_ places: [Int]) -> TextRecords {
    TextRecords(
      store: store.keeping(places), classes: classes.map { classes in places.map { classes[$0] } })
  }
}

/// The parts of a text data set before they become tokens.
struct TextParts {
  var train: TextRecords
  var validation: TextRecords?
  var test: TextRecords?
}
