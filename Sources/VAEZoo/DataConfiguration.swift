/// Where a run's data comes from, and how it is read.
public struct DataConfiguration: Codable, Sendable, Equatable {
  /// A path, or the name of a built-in set.
  public var path = "digits"
  /// The size that images get, such as `32` or `48x32`; null keeps the data's own.
  public var size: ImageSize?
  /// What is done with an image that has not that size.
  public var fit = DataOptions.Fit.stretch
  /// How the pixels of a resized image are computed.
  public var resampling = Resampling.bilinear
  /// Whether images are read in grey, in colour, or as they are.
  public var channels = DataOptions.Channels.automatic
  /// The shape `[height, width, channels]` of an image where the data is rows of plain numbers.
  public var rowShape: Shape?
  /// How grey values become zeros and ones.
  public var binarization = Binarization.none
  /// The most examples that each part of the data keeps, chosen at random; null keeps all.
  public var limit: Int?
  /// Whether unreadable files of a folder are passed over rather than an error.
  public var skipBad = false

  /// The built-in digits as they are.
  public init() {}

  /// What captions call the data: the last part of its path.
  public var name: String { path.split(separator: "/").last.map(String.init) ?? path }

  /// Opens the data.
  ///
  /// - Throws: `DataError` where there is none, or none that can be used; ``ConfigurationError``
  ///   for a limit below 1.
  public func open() throws -> DatasetSplits<ImageDataset> {
    if let limit, limit < 1 {
      throw ConfigurationError("takes a count above 0, found \(limit)", at: ["data", "limit"])
    }
    var options = DataOptions(size: size)
    options.fit = fit
    options.resampling = resampling
    options.channels = channels
    options.rowShape = rowShape
    options.skipsBadFiles = skipBad
    var splits = try ImageDataset.open(path, options: options)
    if let limit {
      splits.train = splits.train.sampled(limit, seed: 0)
      splits.validation = splits.validation?.sampled(limit, seed: 0)
      splits.test = splits.test?.sampled(limit, seed: 0)
    }
    return splits
  }
}
