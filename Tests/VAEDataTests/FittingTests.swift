import ImageOutput
import TensorCore
import Testing
import VAEData

@Suite struct FittingTests {
  static let picture: ImageDataset = {
    var key = RandomKey(seed: 4)
    let bytes = key.words(2 * 9 * 7 * 3).map { UInt8(truncatingIfNeeded: $0) }
    return ImageDataset(bytes: bytes, shape: [2, 9, 7, 3], labels: [4, 5], name: "noise")
  }()

  @Test(
    arguments: Resampling.allCases,
    ["7x9", "14x18", "3x4", "1", "10x5", "8"].map { ImageSize($0)! })
  func computedImagesAreThePicturesResized(resampling: Resampling, size: ImageSize) throws {
    for fit in DataOptions.Fit.allCases {
      var options = DataOptions(size: size)
      options.resampling = resampling
      options.fit = fit
      options.background = Color(red: 10, green: 200, blue: 90)
      let adapted = try Self.picture.adapted(to: options)
      #expect(adapted.imageShape == [size.height, size.width, 3])
      #expect(adapted.labels == [4, 5])
      // The pictures of ImageOutput are Pillow's to the bit, and rounded to bytes twice.
      let expected = try expected(Self.picture.image(at: 1), options, size)
      let pixels = try adapted.image(at: 1).pixels
      #expect(pixels.count == expected.pixels.count)
      for (pixel, wanted) in zip(pixels, expected.pixels) {
        #expect(abs(Int(pixel) - Int(wanted)) <= 1)
      }
    }
  }

  func expected(_ image: Image, _ options: DataOptions, _ size: ImageSize) throws -> Image {
    let (down, across) = (Double(size.height) / 9, Double(size.width) / 7)
    let method = options.resampling
    func side(_ length: Double) -> Int { max(1, Int(length.rounded())) }
    switch options.fit {
    case .stretch: return image.resized(height: size.height, width: size.width, using: method)
    case .crop:
      let factor = max(down, across)
      return image.centerCropped(
        height: side(Double(size.height) / factor), width: side(Double(size.width) / factor)
      ).resized(height: size.height, width: size.width, using: method)
    case .pad:
      let factor = min(down, across)
      return image.resized(height: side(9 * factor), width: side(7 * factor), using: method)
        .padded(height: size.height, width: size.width, with: options.background)
    }
  }

  @Test(arguments: DataOptions.Fit.allCases) func extremeShapesFit(fit: DataOptions.Fit) throws {
    let line = ImageDataset(
      bytes: Array(repeating: 255, count: 40_000), shape: [1, 1, 40_000, 1], name: "line")
    var options = DataOptions(size: ImageSize(height: 20, width: 30))
    options.fit = fit
    let image = try line.adapted(to: options).image(at: 0)
    #expect(image.height == 20 && image.width == 30)
    #expect(image.pixels.filter { $0 == 255 }.count == (fit == .pad ? 30 : 600))
  }

  @Test func channelsAreConverted() throws {
    var options = DataOptions()
    options.channels = .gray
    let gray = try Self.picture.adapted(to: options)
    let wanted = try Self.picture.image(at: 0).grayscale().pixels
    for (pixel, wanted) in zip(try gray.image(at: 0).pixels, wanted) {
      #expect(abs(Int(pixel) - Int(wanted)) <= 1)
    }
    options.channels = .color
    let color = try gray.adapted(to: options)
    #expect(color.imageShape == [9, 7, 3])
    #expect(try color.image(at: 0) == gray.image(at: 0).colored())
    let four = ImageDataset(bytes: [1, 2, 3, 4], shape: [1, 1, 1, 4], name: "four")
    #expect(throws: DataError.self) { try four.adapted(to: options) }
  }

  @Test func valuesStayInTheirRange() throws {
    let white = ImageDataset(
      bytes: Array(repeating: 255, count: 28 * 28), shape: [1, 28, 28, 1], name: "white")
    for side in 1...70 {
      let options = DataOptions(size: ImageSize(height: side, width: 71 - side))
      #expect(try values(white.adapted(to: options)).allSatisfy { $0 == 1 })
    }
  }

  @Test func aSubsetStaysItselfInAnotherSize() throws {
    let second = try Self.picture.subset([1]).adapted(to: DataOptions(size: ImageSize("7x9")))
    #expect(try second.image(at: 0) == Self.picture.image(at: 1))
    let small = try Self.picture.subset([1]).adapted(to: DataOptions(size: ImageSize("2")))
    let all = try Self.picture.adapted(to: DataOptions(size: ImageSize("2")))
    #expect(try small.images(at: [0]) == all.images(at: [1]))
    #expect(small.originalIndex(of: 0) == 1)
  }

  @Test(arguments: ["", "0", "x", "3x", "3x4x5", "-3", "99999", "3.5", "a"])
  func sizesThatAreNoneAreRefused(text: String) { #expect(ImageSize(text) == nil) }

  @Test(arguments: [("32", "32x32"), ("48x32", "48x32")])
  func sizesAreWrittenWidthFirst(text: String, written: String) {
    #expect(ImageSize(text)?.description == written)
  }
}
