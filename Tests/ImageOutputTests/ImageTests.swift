import Foundation
import Testing

@testable import ImageOutput

@Suite struct Images {
  @Test func valuesAreRoundedAndClamped() {
    let image = Image(
      values: [0, 1, 0.5, -3, 7, 0.1, .infinity, -.infinity], height: 2, width: 4, channels: 1)
    #expect(image.pixels == [0, 255, 128, 0, 255, 26, 255, 0])
    #expect(image.channels == 1)
  }

  @Test(arguments: [1, 2, 3, 4]) func aValueThatIsNoNumberIsMagenta(channels: Int) {
    var values = [Float](repeating: 0.2, count: 6 * channels)
    values[4 * channels + channels - 1] = .nan
    let image = Image(values: values, height: 2, width: 3, channels: channels)
    #expect(image.channels == 3)
    for pixel in 0..<6 {
      #expect(
        image.color(row: pixel / 3, column: pixel % 3)
          == (pixel == 4 ? Color.notANumber : Color(gray: 51)))
    }
  }

  @Test func otherNumbersOfChannelsShowTheirMean() {
    let image = Image(values: [0, 1, 0.2, 0.4], height: 1, width: 2, channels: 2)
    #expect(image.channels == 1 && image.pixels == [128, 77])
  }

  @Test func aBatchIsSplitIntoItsImages() {
    let values = (0..<24).map { Float($0) / 255 }
    let images = Image.batch(values, height: 2, width: 2, channels: 3)
    #expect(images.count == 2)
    #expect(images[1].pixels == (12..<24).map { UInt8($0) })
    #expect(images[1].values == Array(values[12...]))
    #expect(Image.batch([], height: 2, width: 2, channels: 3).isEmpty)
  }

  @Test func cropsAreTakenFromTheMiddle() {
    let image = Image(height: 3, width: 4, channels: 1, pixels: Array(0..<12))
    #expect(image.centerCropped(height: 1, width: 2).pixels == [5, 6])
    #expect(image.centerCropped(height: 2, width: 3).pixels == [0, 1, 2, 4, 5, 6])
    #expect(image.centerCropped(height: 9, width: 1).pixels == [1, 5, 9])
    #expect(image.cropped(top: 1, left: 2, height: 2, width: 2).pixels == [6, 7, 10, 11])
  }

  @Test func paddingPutsTheImageInTheMiddle() {
    let image = Image(height: 1, width: 2, channels: 1, pixels: [1, 2])
    let padded = image.padded(height: 2, width: 5, with: Color(gray: 9))
    #expect(padded.pixels == [9, 1, 2, 9, 9, 9, 9, 9, 9, 9])
    #expect(image.padded(height: 0, width: 1) == image)
    let colored = image.colored().padded(
      height: 1, width: 3, with: Color(red: 7, green: 8, blue: 9))
    #expect(colored.pixels == [1, 1, 1, 2, 2, 2, 7, 8, 9])
  }

  @Test func enlargingRepeatsPixels() {
    let image = Image(height: 1, width: 2, channels: 1, pixels: [3, 4]).enlarged(by: 2)
    #expect(image.height == 2 && image.pixels == [3, 3, 4, 4, 3, 3, 4, 4])
  }

  @Test func grayAndColorConvertAsPillowConverts() throws {
    let file: ResizeFile = try golden("resize.json")
    let color = Image(height: 5, width: 7, channels: 3, pixels: [UInt8](file.color))
    #expect(color.grayscale().pixels == [UInt8](file.gray))
    #expect(color.grayscale().colored().grayscale() == color.grayscale())
    #expect(color.colored() == color)
  }
}

struct ResizeFile: Decodable {
  struct Case: Decodable, CustomTestStringConvertible {
    let height: Int
    let width: Int
    let channels: Int
    let pixels: Data
    let newHeight: Int
    let newWidth: Int
    let results: [String: Data]

    var testDescription: String {
      "\(height)x\(width)x\(channels) to \(newHeight)x\(newWidth)"
    }
  }

  let resizes: [Case]
  let color: Data
  let gray: Data

  static func cases() -> [Case] {
    (try? golden("resize.json", as: ResizeFile.self))?.resizes ?? []
  }
}

@Suite struct Resizing {
  @Test func everySizeIsTried() {
    #expect(ResizeFile.cases().count == 20)
  }

  @Test(arguments: ResizeFile.cases(), Resampling.allCases)
  func resultsArePillows(example: ResizeFile.Case, resampling: Resampling) throws {
    let image = Image(
      height: example.height, width: example.width, channels: example.channels,
      pixels: [UInt8](example.pixels))
    let resized = image.resized(
      height: example.newHeight, width: example.newWidth, using: resampling)
    let expected = try #require(example.results[resampling.rawValue])
    #expect(resized.height == example.newHeight && resized.width == example.newWidth)
    let differing = zip(resized.pixels, expected).enumerated().first { $1.0 != $1.1 }
    #expect(resized.pixels.count == expected.count && differing == nil)
  }

  @Test(arguments: Resampling.allCases) func aPlainImageStaysPlain(resampling: Resampling) {
    let image = Image(height: 7, width: 5, color: Color(red: 1, green: 128, blue: 255))
    for (height, width) in [(1, 1), (3, 11), (50, 2)] {
      #expect(
        image.resized(height: height, width: width, using: resampling)
          == Image(height: height, width: width, color: Color(red: 1, green: 128, blue: 255)))
    }
  }
}
