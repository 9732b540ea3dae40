import TensorCore
import Testing
import VAEData

@Suite struct IDXTests {
  let folder = TemporaryFolder()
  let pixels: [UInt8] = (0..<24).map { UInt8($0 * 10) }

  @Test(arguments: [false, true]) func folderHasTrainTestAndLabels(isGzipped: Bool) throws {
    let end = isGzipped ? ".gz" : ""
    let packed = { (bytes: [UInt8]) in isGzipped ? gzip(bytes) : bytes }
    folder.write("train-images-idx3-ubyte\(end)", packed(idx([4, 2, 3], pixels)))
    folder.write("train-labels-idx1-ubyte\(end)", packed(idx([4], [3, 1, 0, 9])))
    folder.write("t10k-images-idx3-ubyte\(end)", packed(idx([1, 2, 3], Array(pixels[6..<12]))))
    folder.write("t10k-labels-idx1-ubyte\(end)", packed(idx([1], [1])))
    let splits = try ImageDataset.open(folder.path)
    #expect(splits.train.imageShape == [2, 3, 1])
    #expect(splits.train.labels == [3, 1, 0, 9])
    #expect(splits.train.classCount == 10)
    #expect(try values(splits.train) == pixels.map { Float($0) / 255 })
    let test = try #require(splits.test)
    #expect(test.labels == [1])
    #expect(try values(test) == pixels[6..<12].map { Float($0) / 255 })
  }

  @Test func labelsAreOptional() throws {
    let splits = try ImageDataset.open(folder.write("x.idx", idx([4, 3, 2], pixels)))
    #expect(splits.train.labels == nil && splits.test == nil)
    #expect(splits.train.count == 4)
  }

  @Test func colorIsReadInBothOrders() throws {
    let last = try ImageDataset.open(folder.write("last", idx([2, 2, 2, 3], pixels))).train
    #expect(last.imageShape == [2, 2, 3])
    #expect(try values(last) == pixels.map { Float($0) / 255 })
    let planes = (0..<30).map { UInt8($0) }
    let first = try ImageDataset.open(folder.write("first", idx([1, 3, 2, 5], planes))).train
    #expect(first.imageShape == [2, 5, 3])
    #expect(try first.images(at: [0]).floats.prefix(4).map { $0 * 255 } == [0, 10, 20, 1])
  }

  static let types: [(type: UInt8, bytes: [UInt8], scale: Float)] = [
    (0x09, [0, 1, 2, 127], 255), (0x0B, [0, 0, 0, 1, 0, 2, 0, 127], 255),
    (0x0C, [0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 127], 255),
    (0x0D, [0, 1, 2, 127].flatMap { littleEndian(Float($0).bitPattern).reversed() }, 1),
    (
      0x0E,
      [0, 1, 2, 127].flatMap { value -> [UInt8] in
        let bits = Double(value).bitPattern
        return (0..<8).map { UInt8(truncatingIfNeeded: bits >> (56 - 8 * $0)) }
      }, 1
    ),
  ]

  @Test(arguments: types.indices, [false, true])
  func numbersOfAnyTypeAreRead(place: Int, isGzipped: Bool) throws {
    let (type, bytes, scale) = Self.types[place]
    let file = idx([2, 2, 1], bytes, type: type)
    let path = folder.write("train-images-idx3", isGzipped ? gzip(file) : file)
    folder.write("train-labels-idx1", idx([2], [0, 0, 0, 7, 0, 0, 1, 0], type: 0x0C))
    let set = try ImageDataset.open(path).train
    #expect(
      try values(set).map { $0 * scale } == [0, 1, 2, 127] && set.labelNames == ["7", "256"])
  }

  @Test func narrowImagesAreImages() throws {
    let bytes = [UInt8](repeating: 1, count: 8 * 28 * 3)
    let set = try ImageDataset.open(folder.write("narrow", idx([8, 28, 3], bytes))).train
    #expect(set.count == 8 && set.imageShape == [28, 3, 1])
  }

  /// A way to break a file, and what must be said of it.
  struct Damage: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let bytes: [UInt8]
    let says: [String]
  }

  static let zeros = [UInt8](repeating: 0, count: 10_000)
  static let damaged: [Damage] = [
    Damage(
      testDescription: "cut short", bytes: idx([4, 2, 3], Array(repeating: 1, count: 20)),
      says: ["cut short", "40 bytes", "36"]),
    Damage(
      testDescription: "too long", bytes: idx([1, 2, 2], [1, 2, 3, 4, 5]), says: ["too long"]),
    Damage(
      testDescription: "no images at all", bytes: idx([0, 28, 28], []), says: ["empty", "0 x 28"]),
    Damage(
      testDescription: "absurd sizes", bytes: idx([1 << 31, 1 << 31, 1 << 31], [1]),
      says: ["damaged", "2147483648 x"]),
    Damage(
      testDescription: "large sizes", bytes: idx([1 << 30, 1 << 20, 1 << 12], [1]),
      says: ["4611686018427387920 bytes"]),
    Damage(
      testDescription: "header cut short", bytes: [0, 0, 8, 3, 0, 0], says: ["not an IDX file"]),
    Damage(
      testDescription: "no type", bytes: idx([1, 1, 1], [0, 0, 0, 0], type: 0x0A),
      says: ["type 0xa"]),
    Damage(
      testDescription: "too few floats", bytes: idx([1, 1, 2], [0, 0, 0, 0], type: 0x0D),
      says: ["cut short", "24 bytes"]),
    Damage(
      testDescription: "no number", bytes: idx([1, 1, 1], [0x7F, 0xC0, 0, 0], type: 0x0D),
      says: ["NaN in image 0"]),
    Damage(
      testDescription: "labels", bytes: idx([4], [1, 2, 3, 4]), says: ["array of 4", "reshape"]),
    Damage(
      testDescription: "gzip cut short",
      bytes: Array(gzip(idx([1, 100, 100], zeros)).dropLast(50)),
      says: ["cut short", "compressed"]),
    Damage(
      testDescription: "gzip without enough in it",
      bytes: gzip(idx([2, 100, 100], zeros)), says: ["cut short", "20016", "10016"]),
    Damage(
      testDescription: "gzip with too much in it",
      bytes: gzip(idx([1, 100, 99], zeros)), says: ["more than", "9916"]),
    Damage(
      testDescription: "gzip with a flipped bit",
      bytes: gzip(idx([1, 100, 100], zeros)).enumerated().map { $0 == 500 ? 1 : $1 },
      says: ["damaged"]),
    Damage(
      testDescription: "gzip that promises a bomb",
      bytes: gzip(idx([1_000_000, 1000, 1000], [1, 2])), says: ["damaged", "1000000 x 1000"]),
    Damage(
      testDescription: "gzip of something else", bytes: gzip([1, 2, 3, 4]), says: ["not an IDX"]),
    Damage(testDescription: "an empty gzip", bytes: gzip([]), says: ["not an IDX"]),
  ]

  @Test(arguments: damaged) func damageIsNamed(damage: Damage) throws {
    let path = folder.write("broken", damage.bytes)
    let error = try #require(failure(opening: path))
    #expect(error.kind == .bad && error.path == path)
    for words in damage.says { #expect(error.description.contains(words)) }
  }

  @Test func labelsThatDoNotMatchAreNamed() throws {
    let images = folder.write("train-images-idx3-ubyte", idx([4, 2, 3], pixels))
    folder.write("train-labels-idx1-ubyte", idx([3], [1, 2, 3]))
    for path in [folder.path, images] {
      let error = try #require(failure(opening: path))
      #expect(error.kind == .bad)
      #expect(error.description.contains("3 labels"))
      #expect(error.description.contains("4 images"))
    }
  }

  @Test func whatDoesNotFitIntoMemoryIsRefused() throws {
    var options = DataOptions()
    options.memoryLimit = 23
    #expect(failure(opening: folder.write("plain", idx([4, 2, 3], pixels)), options) == nil)
    let path = folder.write("packed.gz", gzip(idx([4, 2, 3], pixels)))
    let error = try #require(failure(opening: path, options))
    #expect(error.kind == .usage && error.description.contains("gunzip"))
  }

  @Test func aFolderInTheFilesPlaceIsNamed() throws {
    let path = folder.folder("train-images-idx3-ubyte")
    let error = try #require(failure(opening: folder.path))
    #expect(error.kind == .bad && error.path == path && error.description.contains("is a folder"))
  }

  @Test func whatIsNotThereIsMissing() throws {
    let error = try #require(failure(opening: "\(folder.path)/nothing"))
    #expect(error.kind == .missing && error.kind.exitStatus == 66)
  }
}
