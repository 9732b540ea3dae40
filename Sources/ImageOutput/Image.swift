/// An image of 8-bit samples, grey or colour.
///
/// Samples lie row by row, the channels of one pixel side by side: `[height, width, channels]`.
public struct Image: Sendable, Hashable {
  /// Rows of pixels.
  public let height: Int
  /// Pixels in a row.
  public let width: Int
  /// 1 for grey, 3 for red, green and blue.
  public let channels: Int
  /// The samples, `height * width * channels` of them.
  public internal(set) var pixels: [UInt8]

  /// Makes an image of its samples, laid out `[height, width, channels]`.
  ///
  /// `channels` must be 1 or 3, and `pixels` must hold `height * width * channels` samples.
  public init(height: Int, width: Int, channels: Int, pixels: [UInt8]) {
    precondition(channels == 1 || channels == 3, "an image has 1 or 3 channels, not \(channels)")
    precondition(
      height >= 0 && width >= 0 && pixels.count == height * width * channels,
      "\(pixels.count) samples do not fill [\(height), \(width), \(channels)]")
    self.height = height
    self.width = width
    self.channels = channels
    self.pixels = pixels
  }

  /// Makes a colour image filled with one colour.
  public init(height: Int, width: Int, color: Color) {
    let pixels = [UInt8](unsafeUninitializedCapacity: height * width * 3) { buffer, count in
      for pixel in 0..<(height * width) {
        buffer[pixel * 3] = color.red
        buffer[pixel * 3 + 1] = color.green
        buffer[pixel * 3 + 2] = color.blue
      }
      count = height * width * 3
    }
    self.init(height: height, width: width, channels: 3, pixels: pixels)
  }

  /// The sample at a place, which must lie inside the image.
  public subscript(row: Int, column: Int, channel: Int) -> UInt8 {
    get { pixels[offset(row, column, channel)] }
    set { pixels[offset(row, column, channel)] = newValue }
  }

  /// The colour of a pixel; a grey one has three equal parts.
  public func color(row: Int, column: Int) -> Color {
    let first = offset(row, column, 0)
    guard channels == 3 else { return Color(gray: pixels[first]) }
    return Color(red: pixels[first], green: pixels[first + 1], blue: pixels[first + 2])
  }

  private func offset(_ row: Int, _ column: Int, _ channel: Int) -> Int {
    precondition(
      (0..<height).contains(row) && (0..<width).contains(column)
        && (0..<channels).contains(channel),
      "[\(row), \(column), \(channel)] is outside an image of [\(height), \(width), \(channels)]")
    return (row * width + column) * channels + channel
  }
}
