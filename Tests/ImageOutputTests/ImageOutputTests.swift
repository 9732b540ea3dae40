import Testing

@testable import ImageOutput

/// An image whose samples all differ from their neighbours.
func pattern(height: Int, width: Int, channels: Int) -> Image {
  Image(
    height: height, width: width, channels: channels,
    pixels: (0..<(height * width * channels)).map { UInt8(truncatingIfNeeded: $0 * 37 + $0 / 5) })
}

@Suite struct PNGRoundTrips {
  @Test(arguments: [1, 3], [(1, 1), (1, 7), (5, 3), (64, 33)])
  func writingThenReadingGivesTheSamePixels(channels: Int, size: (height: Int, width: Int)) throws {
    let image = pattern(height: size.height, width: size.width, channels: channels)
    let file = try PNGFile(bytes: image.pngBytes())
    #expect(file.image == image)
    #expect(file.header.bitDepth == 8 && !file.header.hasTransparency)
    #expect(file.header.colorType == (channels == 1 ? .gray : .rgb))
  }
}
