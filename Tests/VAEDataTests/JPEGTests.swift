#if JPEG
  import Foundation
  import ImageOutput
  import TensorCore
  import Testing
  import VAEData

  /// The committed JPEG files, and what Pillow reads of them as PNG.
  enum JPEGFiles {
    static let names = [
      "gray", "gray-progressive", "color-444", "color-422", "color-420", "color-progressive",
      "color-rgb", "color-unusual", "color-restarts", "color-arithmetic", "cmyk", "ycck",
      "one-pixel",
    ]

    static func bytes(_ name: String) throws -> [UInt8] {
      try Bytes.read("\(goldenFolder)/JPEG/\(name).jpg")
    }

    static func expected(_ name: String) throws -> Image {
      try PNGFile(path: "\(goldenFolder)/JPEG/\(name).png").image
    }

    /// A segment: its marker, its length and its content.
    static func segment(_ marker: UInt8, _ content: [UInt8]) -> [UInt8] {
      let length = content.count + 2
      return [0xFF, marker, UInt8(length >> 8), UInt8(length & 255)] + content
    }

    /// A file with something put behind its first marker.
    static func file(_ name: String, beginningWith more: [UInt8]) throws -> [UInt8] {
      let bytes = try bytes(name)
      return bytes[..<2] + more + bytes[2...]
    }

    /// Where the frame's marker stands.
    static func frame(_ bytes: [UInt8]) throws -> Int {
      try #require(
        bytes.indices.first { bytes[$0] == 0xFF && [0xC0, 0xC2].contains(bytes[$0 + 1]) })
    }
  }

  @Suite struct JPEGTests {
    let folder = TemporaryFolder()

    /// Decoders may round a level apart, and a conversion of colours another.
    func expectNear(_ image: Image, _ expected: Image, _ comment: Comment? = nil) {
      #expect(
        [image.height, image.width, image.channels] == [
          expected.height, expected.width, expected.channels,
        ], comment)
      guard image.pixels.count == expected.pixels.count else { return }
      let apart = zip(image.pixels, expected.pixels).map { abs(Int($0) - Int($1)) }
      #expect(apart.max() ?? 0 <= 2, comment)
    }

    @Test(arguments: JPEGFiles.names) func pixelsAreThoseOfAnotherDecoder(name: String) throws {
      let path = "\(goldenFolder)/JPEG/\(name).jpg"
      let image = try ImageDataset.open(path).train.image(at: 0)
      expectNear(image, try JPEGFiles.expected(name))
      #expect(image.channels == (name.hasPrefix("gray") ? 1 : 3))
      #expect(try ImageDataset.open(path).train.image(at: 0) == image)
    }

    @Test(arguments: 1...8) func imagesAreTurnedAsTheirDataSays(orientation: Int) throws {
      let name = "orientation-\(orientation)"
      let path = "\(goldenFolder)/JPEG/\(name).jpg"
      let set = try ImageDataset.open(path).train
      #expect(set.imageShape == (orientation < 5 ? [9, 13, 1] : [13, 9, 1]))
      expectNear(try set.image(at: 0), try JPEGFiles.expected(name))
    }

    /// EXIF data that is not sound, by what it says behind its name.
    static let unsound: [[UInt8]] = [
      [], [0x49], Array("II*\0".utf8), Array("II*\0".utf8) + [0xFF, 0xFF, 0xFF, 0xFF],
      Array("MM\0*".utf8) + [0, 0, 0, 8, 0xFF, 0xFF], Array("IM*\0".utf8) + [8, 0, 0, 0, 0, 0],
      // Orientations 0, 9 and 65,542, and an entry that is cut short.
      Array("II*\0".utf8) + [8, 0, 0, 0, 1, 0, 0x12, 1, 3, 0, 1, 0, 0, 0, 0, 0, 0, 0],
      Array("II*\0".utf8) + [8, 0, 0, 0, 1, 0, 0x12, 1, 3, 0, 1, 0, 0, 0, 9, 0, 0, 0],
      Array("II*\0".utf8) + [8, 0, 0, 0, 1, 0, 0x12, 1, 4, 0, 1, 0, 0, 0, 6, 0, 1, 0],
      Array("II*\0".utf8) + [8, 0, 0, 0, 1, 0, 0x12, 1, 3, 0, 1, 0, 0, 0, 6],
    ]

    @Test(arguments: unsound.indices) func dataThatIsNotSoundTurnsNothing(place: Int) throws {
      let more = JPEGFiles.segment(0xE1, Array("Exif\0\0".utf8) + Self.unsound[place])
      let path = folder.write("1.jpg", try JPEGFiles.file("gray", beginningWith: more))
      expectNear(try ImageDataset.open(path).train.image(at: 0), try JPEGFiles.expected("gray"))
    }

    @Test func foldersMixThemWithPNG() throws {
      let color = try JPEGFiles.bytes("color-420")
      folder.write("train/ape/1.jpg", color)
      folder.write("train/ape/2.JPG", try JPEGFiles.bytes("gray"))
      folder.write("train/bee/3.jpeg", color)
      folder.write("train/bee/4.png", try Bytes.read("\(goldenFolder)/JPEG/color-420.png"))
      // The bytes count, not the name.
      folder.write("test/bee/5.png", color)
      let splits = try ImageDataset.open(folder.path)
      #expect(splits.train.labels == [0, 0, 1, 1] && splits.test?.labels == [1])
      #expect(splits.train.classNames == ["ape", "bee"])
      #expect(splits.train.imageShape == [14, 21, 3])
      let expected = try JPEGFiles.expected("color-420")
      for i in [0, 2, 3] { expectNear(try splits.train.image(at: i), expected) }
      #expect(try splits.test?.image(at: 0) == splits.train.image(at: 0))
      // What lies in files gives the same.
      var options = DataOptions()
      options.memoryLimit = 8
      let read = try ImageDataset.open(folder.path, options: options).train
      #expect(try values(read) == values(splits.train))
    }

    @Test func greyStaysGreyAndSizesFit() throws {
      folder.write("1.jpg", try JPEGFiles.bytes("gray"))
      folder.write("2.jpg", try JPEGFiles.bytes("orientation-6"))
      #expect(failure(opening: folder.path)?.description.contains("2 sizes") == true)
      var options = DataOptions(size: ImageSize("7x5"))
      #expect(try ImageDataset.open(folder.path, options: options).train.imageShape == [5, 7, 1])
      for fit in DataOptions.Fit.allCases {
        (options.fit, options.channels) = (fit, .color)
        let set = try ImageDataset.open(folder.path, options: options).train
        let png = "\(goldenFolder)/JPEG/gray.png"
        let same = try ImageDataset.open(png, options: options).train
        #expect(set.imageShape == [5, 7, 3])
        expectNear(try set.image(at: 0), try same.image(at: 0), "\(fit)")
      }
    }

    @Test(arguments: [5000, 70_000, 1_200_000]) func profilesMayStandBeforeTheSize(
      length: Int
    ) throws {
      var more: [UInt8] = []
      while more.count < length {
        // Fill bytes may stand before a marker.
        more += [0xFF, 0xFF] + JPEGFiles.segment(0xE2, [UInt8](repeating: 0xFF, count: 60_000))
      }
      let path = folder.write("1.jpg", try JPEGFiles.file("gray", beginningWith: more))
      expectNear(try ImageDataset.open(path).train.image(at: 0), try JPEGFiles.expected("gray"))
    }
  }
#endif
