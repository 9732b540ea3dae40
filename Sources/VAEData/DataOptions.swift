public import ImageOutput
internal import SystemFiles
public import TensorCore

/// How data is opened.
public struct DataOptions: Sendable, Hashable {
  /// What is done with an image that has not the wanted size.
  public enum Fit: String, Sendable, Hashable, Codable, CaseIterable {
    /// It is resized along both axes apart.
    case stretch
    /// It is resized to cover the size, and the middle is taken.
    case crop
    /// It is resized to fit into the size, and the rest filled with the background.
    case pad
  }

  /// The order of the axes of an array of images.
  public enum Layout: String, Sendable, Hashable, Codable, CaseIterable {
    /// What the sizes tell: 1, 3 or 4 channels stand before or behind height and width.
    case automatic
    /// `[count, channels, height, width]`, or one image `[channels, height, width]`.
    case channelsFirst = "channels-first"
    /// `[count, height, width, channels]`, or one image `[height, width, channels]`.
    case channelsLast = "channels-last"
  }

  /// The scale that values are brought to.
  public enum Scaling: String, Sendable, Hashable, Codable, CaseIterable {
    /// What the training part tells: bytes, and whole numbers up to 255, become shares of 255, values
    /// in [0, 1] stay, and all others are standardized.
    case automatic
    /// Values stay as they are, and bytes are shares of 255.
    case none
    /// The least value of the training part becomes 0 and the greatest 1.
    case unit
    /// The training part gets mean 0 and deviation 1: each column of a table, images as a whole, or
    /// each of their channels where these are no colours.
    case standardize
  }

  /// Which channels images get.
  public enum Channels: String, Sendable, Hashable, Codable, CaseIterable {
    /// As the data has them: colour as soon as one image of a folder is in colour.
    case automatic
    /// One: the luma of colours.
    case gray
    /// Red, green and blue.
    case color
  }

  /// The size that images get; nil keeps the data's own.
  public var size: ImageSize?
  /// What is done with an image that has not that size.
  public var fit = Fit.stretch
  /// How the pixels of a resized image are computed.
  public var resampling = Resampling.bilinear
  /// Which channels images get.
  public var channels = Channels.automatic
  /// What transparent pixels are laid over, and what fills the rest of a padded image.
  public var background = Color.black
  /// Whether unreadable files of a folder, and rows of a table, are passed over rather than an error.
  public var skipsBadFiles = false
  /// How a table of numbers is written.
  public var table = TableOptions()
  /// The columns of a table that are read, by name or by number from 1; empty for all that hold
  /// numbers.
  public var columns: [String] = []
  /// The columns of a table with a header that a trained model reads, by name; nil where no model is.
  public var knownColumns: [String]?
  /// The column of a table that holds labels, by name or by number from 1; nil finds it out.
  public var labelColumn: String?
  /// The shape of an image, `[height, width, channels]`, where the data is rows of plain numbers.
  ///
  /// Without it, a row whose length is a square is a square grey image, and any other is an image of
  /// one row.
  public var rowShape: Shape?
  /// The least side of the square images that rows of numbers are taken for; fewer numbers are a row.
  public var leastSide = 1
  /// The order of the axes of an array of images.
  public var layout = Layout.automatic
  /// The most bytes of pixels that are unpacked into memory; by default half of what the machine has.
  ///
  /// A folder of images beyond it is read anew in every epoch. Plain IDX and NPY files are mapped and
  /// never count.
  public var memoryLimit = physicalMemory / 2
  /// The most examples that the training part keeps, chosen at random; nil keeps all.
  public var limit: Int?
  /// What decides that choice.
  public var seed: UInt64 = 0

  /// The options that fit most data.
  public init() {}

  /// Options with a size.
  public init(size: ImageSize?) { self.size = size }
}

/// The height and the width of an image; written `32`, or `48x32` for 48 across and 32 down.
public struct ImageSize: Sendable, Hashable, Codable, LosslessStringConvertible {
  /// Rows of pixels.
  public var height: Int
  /// Pixels in a row.
  public var width: Int

  /// The largest height or width.
  public static let limit = 16384

  /// A size, each side from 1 to ``limit``.
  public init(height: Int, width: Int) {
    precondition(
      (1...Self.limit).contains(height) && (1...Self.limit).contains(width),
      "an image of \(height) rows and \(width) columns is no image")
    self.height = height
    self.width = width
  }

  /// Reads `32` or `48x32`, the width first; nil for anything else.
  public init?(_ description: String) {
    let sides = description.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) }
    guard sides.count <= 2, let width = sides[0], let height = sides[sides.count - 1],
      (1...Self.limit).contains(width), (1...Self.limit).contains(height)
    else { return nil }
    self.init(height: height, width: width)
  }

  /// The width and the height, with an x between.
  public var description: String { "\(width)x\(height)" }

  /// Reads a string such as `48x32`.
  ///
  /// - Throws: `DecodingError` that says how to write a size.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let text =
      try (try? container.decode(Int.self)).map(String.init)
      ?? container.decode(String.self)
    guard let size = Self(text) else {
      throw DecodingError.dataCorruptedError(
        in: container,
        debugDescription: "\"\(text)\" is no size; write 32, or 48x32 for 48 across and 32 down")
    }
    self = size
  }

  /// Writes a string.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}
