/// Data with the parts that its format sets aside.
public struct DatasetSplits<Part: Dataset>: Sendable {
  /// What to train on.
  public var train: Part
  /// What to choose the best epoch by, where the format sets it aside.
  public var validation: Part?
  /// What to report results on, where the format sets it aside.
  public var test: Part?

  /// Data with its parts.
  public init(train: Part, validation: Part? = nil, test: Part? = nil) {
    self.train = train
    self.validation = validation
    self.test = test
  }

  /// The same parts, each changed by `change`.
  func map(
    _ change: (Part) throws(DataError) -> Part
  ) throws(DataError) -> DatasetSplits {
    var result = DatasetSplits(train: try change(train))
    if let validation { result.validation = try change(validation) }
    if let test { result.test = try change(test) }
    return result
  }
}
