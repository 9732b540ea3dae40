/// Data with the parts that its format sets aside.
public struct DatasetSplits: Sendable {
  /// What to train on.
  public var train: ImageDataset
  /// What to choose the best epoch by, where the format sets it aside.
  public var validation: ImageDataset?
  /// What to report results on, where the format sets it aside.
  public var test: ImageDataset?

  /// Data with its parts.
  public init(train: ImageDataset, validation: ImageDataset? = nil, test: ImageDataset? = nil) {
    self.train = train
    self.validation = validation
    self.test = test
  }

  /// The same parts, each changed by `change`.
  func map(
    _ change: (ImageDataset) throws(DataError) -> ImageDataset
  ) throws(DataError) -> DatasetSplits {
    var result = DatasetSplits(train: try change(train))
    if let validation { result.validation = try change(validation) }
    if let test { result.test = try change(test) }
    return result
  }
}
