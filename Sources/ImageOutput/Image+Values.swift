extension Image {
  /// Makes an image of values in [0, 1], laid out `[height, width, channels]`.
  ///
  /// Values outside are clamped, and each is rounded to the nearest of 256 steps. One channel
  /// gives a grey image and three give colour; of any other number the mean is shown in grey.
  /// Where a value is NaN the pixel is magenta (``Color/notANumber``), in an image that is then
  /// in colour, so that nobody overlooks it.
  public init(values: [Float], height: Int, width: Int, channels: Int) {
    self.init(values: values.span, height: height, width: width, channels: channels)
  }

  /// Makes an image of values in [0, 1], laid out `[height, width, channels]`.
  ///
  /// The rules are those of ``init(values:height:width:channels:)-([Float],_,_,_)``.
  public init(values: Span<Float>, height: Int, width: Int, channels: Int) {
    precondition(
      height >= 0 && width >= 0 && channels > 0 && values.count == height * width * channels,
      "\(values.count) values do not fill [\(height), \(width), \(channels)]")
    let shown = channels == 3 ? 3 : 1
    var pixels = [UInt8](repeating: 0, count: height * width * shown)
    var missing: [Int] = []
    for pixel in 0..<(height * width) {
      let first = pixel * channels
      var sum: Float = 0
      for channel in 0..<channels { sum += values[first + channel] }
      if sum.isNaN && (0..<channels).contains(where: { values[first + $0].isNaN }) {
        missing.append(pixel)
      } else if shown == 3 {
        for channel in 0..<3 { pixels[pixel * 3 + channel] = Self.sample(values[first + channel]) }
      } else {
        pixels[pixel] = Self.sample(sum / Float(channels))
      }
    }
    self.init(height: height, width: width, channels: shown, pixels: pixels)
    guard !missing.isEmpty else { return }
    self = colored()
    for pixel in missing { set(Color.notANumber, at: pixel) }
  }

  /// Splits values laid out `[batch, height, width, channels]` into one image an example.
  public static func batch(
    _ values: [Float], height: Int, width: Int, channels: Int
  ) -> [Image] {
    let size = height * width * channels
    precondition(
      size > 0 && values.count.isMultiple(of: size),
      "\(values.count) values are not a batch of [\(height), \(width), \(channels)]")
    let span = values.span
    return (0..<(values.count / size)).map {
      Image(
        values: span.extracting(($0 * size)..<(($0 + 1) * size)), height: height, width: width,
        channels: channels)
    }
  }

  /// The samples as values in [0, 1], laid out `[height, width, channels]`.
  public var values: [Float] {
    pixels.map { Float($0) / 255 }
  }

  private static func sample(_ value: Float) -> UInt8 {
    guard value > 0 else { return 0 }  // an infinity less another is NaN, and shows as black
    return UInt8((min(value, 1) * 255).rounded())
  }

  /// The image in three equal channels where it was grey.
  public func colored() -> Image {
    guard channels == 1 else { return self }
    var result = [UInt8](repeating: 0, count: pixels.count * 3)
    for pixel in 0..<pixels.count {
      for channel in 0..<3 { result[pixel * 3 + channel] = pixels[pixel] }
    }
    return Image(height: height, width: width, channels: 3, pixels: result)
  }

  /// The image in one channel: colours become their ``Color/luma``.
  public func grayscale() -> Image {
    guard channels == 3 else { return self }
    let gray = (0..<(height * width)).map {
      Color(red: pixels[$0 * 3], green: pixels[$0 * 3 + 1], blue: pixels[$0 * 3 + 2]).luma
    }
    return Image(height: height, width: width, channels: 1, pixels: gray)
  }

  /// Colours one pixel of a colour image, counted row by row.
  mutating func set(_ color: Color, at pixel: Int) {
    pixels[pixel * 3] = color.red
    pixels[pixel * 3 + 1] = color.green
    pixels[pixel * 3 + 2] = color.blue
  }
}
