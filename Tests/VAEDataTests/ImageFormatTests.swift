import ImageOutput
import TensorCore
import Testing
import VAEData

/// Which files are images, and which of them are read.
@Suite struct ImageFormatTests {
  let folder = TemporaryFolder()

  static let others: [(name: String, bytes: [UInt8], format: String)] = [
    ("a.webp", Array("RIFF\u{10}\0\0\0WEBPVP8 \0\0\0\0".utf8), "WebP"),
    ("b.tif", [0x49, 0x49, 0x2A, 0, 8, 0, 0, 0], "TIFF"),
    ("c.tiff", [0x4D, 0x4D, 0, 0x2A, 0, 0, 0, 8], "TIFF"),
    ("d.gif", Array("GIF89a\u{1}\0\u{1}\0".utf8), "GIF"),
    ("e.BMP", Array("BM".utf8) + [0x46, 0, 0, 0, 0, 0, 0, 0, 0x36, 0, 0, 0], "BMP"),
    ("f.heic", [0, 0, 0, 24] + Array("ftypheic\0\0\0\0mif1heic".utf8), "HEIC"),
    ("g.avif", [0, 0, 0, 24] + Array("ftypavif\0\0\0\0mif1avif".utf8), "AVIF"),
    ("h.heif", [0, 0, 0, 24] + Array("ftypmif1\0\0\0\0mif1avif".utf8), "AVIF"),
    ("i.pgm", Array("P5\n1 1\n255\n ".utf8), "PNM"),
    // The bytes decide, and where they tell nothing the name does.
    ("j.png", Array("GIF87a\u{1}\0\u{1}\0".utf8), "GIF"),
    ("k.jpg", Array("RIFF\u{10}\0\0\0WEBPVP8 \0\0\0\0".utf8), "WebP"),
    ("l.webp", [1, 2, 3], "WebP"),
  ]

  @Test(arguments: others.indices) func otherFormatsAreNamed(place: Int) throws {
    let (name, bytes, format) = Self.others[place]
    folder.write("a/\(name)", bytes)
    let error = try #require(failure(opening: folder.path))
    #expect(error.kind == .bad)
    let says =
      "\(folder.path)/a/\(name): is of the format \(format), which is not read; convert it to PNG "
      + "or JPEG."
    #expect(error.description.contains(says), "\(error)")
    // A file by itself has only its bytes.
    if name != "l.webp", name != "i.pgm" {
      let alone = failure(opening: "\(folder.path)/a/\(name)")
      #expect(alone?.description == says)
    }
  }

  @Test(arguments: ["", "JFIF", "\0\0\0\u{18}ftypqt  ", "BMW", "P5", "PNG"])
  func whatIsNoImageIsCalledThat(contents: String) throws {
    for name in ["1.png", "2.jpg"] { folder.write(name, contents) }
    let error = try #require(failure(opening: folder.path))
    let says =
      contents.isEmpty
      ? "2.jpg: is empty; get a new copy."
      : "2.jpg: is neither a PNG nor a JPEG file; convert it to one of them."
    #expect(error.description.contains(says), "\(error)")
  }

  @Test func whatIsCalledJPEGMayBePNG() throws {
    try Image(height: 2, width: 3, color: .white).writePNG(to: "\(folder.path)/1.JPG")
    let set = try ImageDataset.open(folder.path).train
    #expect(set.imageShape == [2, 3, 3] && set.count == 1)
    #expect(try ImageDataset.open("\(folder.path)/1.JPG").train.imageShape == [2, 3, 3])
  }

  #if !JPEG
    @Test func withoutTheLibraryJPEGIsRefusedInWords() throws {
      let bytes = try Bytes.read("\(goldenFolder)/JPEG/gray.jpg")
      let file = folder.write("1.jpg", bytes)
      for path in [file, folder.path] {
        let error = try #require(failure(opening: path))
        #expect(error.kind == .bad)
        for words in ["1.jpg: is a JPEG file", "package trait JPEG", "convert the file to PNG"] {
          #expect(error.description.contains(words), "\(error)")
        }
      }
    }
  #endif
}
