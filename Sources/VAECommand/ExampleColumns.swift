import VAEZoo

/// The columns by which a table names its examples: `index`, the place in the part of the data, counted
/// from 0, and `file` where examples have files of their own.
struct ExampleColumns {
  let names: [String]

  init(of dataset: some Dataset) {
    let hasFiles = dataset.count > 0 && dataset.fileName(of: 0) != nil
    names = ["index"] + (hasFiles ? ["file"] : [])
  }

  /// An example's fields.
  func fields(of example: Int, in dataset: some Dataset) -> [String] {
    ["\(example)"]
      + names.dropFirst().map { _ in Text.csvField(dataset.fileName(of: example) ?? "") }
  }
}

extension Text {
  /// A field of a CSV, quoted where it has to be (RFC 4180).
  static func csvField(_ text: String) -> String {
    // A line end of two characters is one of Swift's.
    guard text.unicodeScalars.contains(where: { ",\"\n\r".unicodeScalars.contains($0) }) else {
      return text
    }
    let doubled = text.unicodeScalars.flatMap { $0 == "\"" ? [$0, $0] : [$0] }
    return "\"\(String(String.UnicodeScalarView(doubled)))\""
  }
}
