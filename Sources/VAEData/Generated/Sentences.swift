/// TEMPORARY stand-in until the grammar arrives.
enum Sentences {
  static let name = "sentences"
  static let summary = "temporary"
  static func parts() -> TextParts {
    let texts = (0..<200).map {
      "the \(["cat", "dog", "bird"][$0 % 3]) \(["sees", "likes"][$0 % 2]) the \(["house", "tree", "car", "river", "hill"][$0 % 5])"
    }
    return TextParts(
      train: TextRecords(store: TextStore(texts, path: name, unit: "sentence"), classes: nil))
  }
}
