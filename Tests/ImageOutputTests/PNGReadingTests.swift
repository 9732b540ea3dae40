import Foundation
import Testing

@testable import ImageOutput

/// One file of `png.json` and what another decoder reads in it.
struct StoredPNG: Decodable, CustomTestStringConvertible {
  let name: String
  let file: Data
  let width: Int
  let height: Int
  let bitDepth: Int
  let colorType: Int
  let isInterlaced: Bool
  let hasTransparency: Bool
  let planes: Int
  let samples: Data

  var testDescription: String { name }
  var channels: Int { planes <= 2 ? 1 : 3 }

  /// The golden samples laid over a colour, or with their opacity dropped.
  func pixels(over color: [Int]?) -> [UInt8] {
    let hasAlpha = planes == 2 || planes == 4
    return (0..<(width * height)).flatMap { pixel -> [UInt8] in
      let values = (0..<planes).map { Int(samples[pixel * planes + $0]) }
      let opacity = hasAlpha && color != nil ? Double(values[planes - 1]) / 255 : 1
      return (0..<channels).map {
        let under = Double(color?[$0] ?? 0)
        return UInt8((Double(values[$0]) * opacity + under * (1 - opacity)).rounded())
      }
    }
  }

  static func all() -> [StoredPNG] {
    (try? golden("png.json")) ?? []
  }
}

@Suite struct PNGReading {
  @Test func everyKindIsTried() {
    #expect(StoredPNG.all().count == 52)
  }

  @Test(arguments: StoredPNG.all())
  func anyKindReadsAsAnotherDecoderReadsIt(stored: StoredPNG) throws {
    let bytes = [UInt8](stored.file)
    let file = try PNGFile(bytes: bytes)
    let header = file.header
    #expect(header.width == stored.width && header.height == stored.height)
    #expect(header.bitDepth == stored.bitDepth)
    #expect(header.colorType.rawValue == stored.colorType)
    #expect(header.isInterlaced == stored.isInterlaced)
    #expect(header.hasTransparency == stored.hasTransparency)
    #expect(header.channels == stored.channels && file.image.channels == stored.channels)
    #expect(file.image.pixels == stored.pixels(over: [255, 255, 255]))
    let ignored = try PNGFile(bytes: bytes, transparency: .ignored)
    #expect(ignored.image.pixels == stored.pixels(over: nil))
  }

  @Test func transparentPixelsAreLaidOverTheChosenColor() throws {
    let color = Color(red: 10, green: 200, blue: 90)
    for stored in StoredPNG.all() where stored.hasTransparency {
      let file = try PNGFile(
        bytes: [UInt8](stored.file), transparency: .composited(over: color))
      let luma = Int(color.luma)
      let under = stored.channels == 1 ? [luma] : [10, 200, 90]
      #expect(file.image.pixels == stored.pixels(over: under), "\(stored.name)")
    }
  }

  @Test(arguments: [1, 3], [(1, 1), (1, 7), (5, 3), (64, 33)])
  func whatIsWrittenIsReadBack(channels: Int, size: (height: Int, width: Int)) throws {
    let image = pattern(height: size.height, width: size.width, channels: channels)
    let file = try PNGFile(bytes: image.pngBytes())
    #expect(file.image == image)
    #expect(file.header.bitDepth == 8 && !file.header.hasTransparency)
    #expect(file.header.colorType == (channels == 1 ? .gray : .rgb))
  }

  @Test func aHeaderIsReadFromAFileWithoutItsPixels() throws {
    try withFolder { folder throws in
      let path = folder + "/a.png"
      try pattern(height: 4, width: 9, channels: 3).writePNG(to: path)
      let header = try PNGHeader(path: path)
      #expect(header.height == 4 && header.width == 9 && header.channels == 3)
    }
  }
}
