/// What a PNG file says of itself before its pixels.
public struct PNGHeader: Sendable, Hashable {
  /// How the file stores a pixel.
  public enum ColorType: Int, Sendable, Hashable, CaseIterable {
    /// One grey sample.
    case gray = 0
    /// Red, green and blue.
    case rgb = 2
    /// An index into a table of colours.
    case palette = 3
    /// A grey sample and its opacity.
    case grayAlpha = 4
    /// Red, green, blue and opacity.
    case rgba = 6
  }

  /// Rows of pixels.
  public let height: Int
  /// Pixels in a row.
  public let width: Int
  /// Bits of one stored sample: 1, 2, 4, 8 or 16.
  public let bitDepth: Int
  /// How the file stores a pixel.
  public let colorType: ColorType
  /// Whether the rows are stored in seven passes (Adam7).
  public let isInterlaced: Bool
  /// Whether pixels may be transparent: by an alpha channel or by a table (the tRNS chunk).
  public let hasTransparency: Bool

  /// The channels of the image that reading gives: 1 for grey, 3 for colour or palette.
  public var channels: Int {
    switch colorType {
    case .gray, .grayAlpha: 1
    case .rgb, .palette, .rgba: 3
    }
  }
}
