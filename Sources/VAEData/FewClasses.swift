/// A dataset whose classes can be numbered anew.
protocol Relabelled: Dataset {
  var labels: [Int32]? { get set }
  var classNames: [String]? { get set }
}

extension ImageDataset: Relabelled {}
extension SequenceDataset: Relabelled {}

extension DatasetSplits where Part: Relabelled {
  /// The same data, its classes numbered without gaps where they are far apart, such as 7 and 3000; the
  /// numbers stay as names.
  func withFewClasses() -> DatasetSplits {
    let parts = [train, validation, test].compactMap { $0 }
    guard parts.allSatisfy({ $0.classNames == nil }) else { return self }
    let used = Set(parts.flatMap { $0.labels ?? [] }).sorted()
    // Data without an example of some class keeps the numbers it has.
    guard let last = used.last, Int(last) >= 10 * used.count else { return self }
    let places = Dictionary(
      uniqueKeysWithValues: used.enumerated().map { ($1, Int32($0)) })
    func numbered(_ part: Part) -> Part {
      var part = part
      part.labels = part.labels.map { $0.map { places[$0] ?? 0 } }
      part.classNames = part.labels == nil ? nil : used.map { "\($0)" }
      return part
    }
    return DatasetSplits(
      train: numbered(train), validation: validation.map(numbered), test: test.map(numbered))
  }
}
