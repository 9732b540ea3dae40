/// How the images of a run are read.
public struct ImageReading: Codable, Sendable, Equatable {
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
  /// Whether unreadable files of a folder are passed over rather than an error.
  public var skipBad = false

  /// Images as they are.
  public init() {}

  /// What opening images takes.
  var options: DataOptions {
    var options = DataOptions(size: size)
    options.fit = fit
    options.resampling = resampling
    options.channels = channels
    options.rowShape = rowShape
    options.skipsBadFiles = skipBad
    return options
  }
}
