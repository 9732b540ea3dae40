import ImageOutput
import TensorCore
import Testing
import VAECore
import VAEData

@Suite struct ImageFolderTests {
  let folder = TemporaryFolder()

  /// Writes a picture of one colour; grey where its parts are equal.
  @discardableResult
  func picture(_ name: String, _ height: Int, _ width: Int, _ color: Color) throws -> String {
    let path = folder.write(name, "")
    let image = Image(height: height, width: width, color: color)
    let isGray = color == Color(gray: color.red)
    try (isGray ? image.grayscale() : image).writePNG(to: path)
    return path
  }

  func options(_ change: (inout DataOptions) -> Void) -> DataOptions {
    var options = DataOptions()
    change(&options)
    return options
  }

  static let red = Color(red: 255, green: 0, blue: 0)

  @Test func subfoldersAreClasses() throws {
    try picture("zebra/1.png", 2, 3, Color(gray: 10))
    try picture("ape/deep/down/2.PNG", 2, 3, Color(gray: 20))
    try picture("ape/1.png", 2, 3, Color(gray: 30))
    folder.write("ape/notes.txt", "not an image")
    folder.write(".hidden.png", "not looked at")
    let set = try ImageDataset.open(folder.path).train
    #expect(set.imageShape == [2, 3, 1])
    #expect(set.classNames == ["ape", "zebra"] && set.labels == [0, 0, 1])
    #expect(try (0..<3).map { try set.image(at: $0).pixels[0] } == [30, 20, 10])
  }

  /// Whatever is made of the images, in memory or left in their files.
  @Test(arguments: [false, true])
  func imagesAreKnownByTheirFiles(staysInFiles: Bool) throws {
    for (name, gray) in [("train/ape/1.png", 10), ("train/zebra/deep/2.png", 20)] {
      try picture("wrapper/\(name)", 2, 2, Color(gray: UInt8(gray)))
    }
    folder.write("wrapper/train/ape/3.png", "no image")
    try picture("wrapper/train/ape/4.png", 2, 2, Color(gray: 40))
    try picture("wrapper/test/ape/5.png", 2, 2, Color(gray: 50))
    let wanted = options {
      $0.skipsBadFiles = true
      if staysInFiles { $0.memoryLimit = 0 }
    }
    for path in [folder.path, folder.path + "/"] {
      let splits = try ImageDataset.open(path, options: wanted)
      let train = splits.train
      let names = [
        "wrapper/train/ape/1.png", "wrapper/train/ape/4.png", "wrapper/train/zebra/deep/2.png",
      ]
      #expect((0..<3).map(train.fileName) == names)
      #expect(splits.test?.fileName(of: 0) == "wrapper/test/ape/5.png")
      let larger = try train.adapted(to: DataOptions(size: ImageSize("4x3")))
      #expect(larger.subset([2, 0]).subset([1]).fileName(of: 0) == names[0])
      #expect(try larger.subset([2]).image(at: 0).pixels[0] == 20)
      let scaled = try splits.scaled(.standardize).splits.train
      #expect(scaled.subset([2, 1]).fileName(of: 0) == names[2])
    }
    let one = try ImageDataset.open(folder.path + "/wrapper/train/ape/1.png").train
    #expect(one.fileName(of: 0) == nil)
    #expect(try ImageDataset.open("digits").train.fileName(of: 0) == nil)
  }

  @Test func imagesOutsideOfClassFoldersMeanNoLabels() throws {
    try picture("a/1.png", 2, 2, .white)
    try picture("2.png", 2, 2, .white)
    let set = try ImageDataset.open(folder.path).train
    #expect(set.count == 2 && set.labels == nil && set.classNames == nil)
  }

  @Test func trainAndTestFoldersAreParts() throws {
    try picture("train/cat/1.png", 2, 2, .white)
    try picture("train/dog/1.png", 2, 2, .black)
    try picture("test/dog/1.png", 2, 2, Self.red)
    try picture("val/cat/1.png", 2, 2, .white)
    let splits = try ImageDataset.open(folder.path)
    #expect(splits.train.labels == [0, 1])
    // The classes and the channels are those of all parts together.
    #expect(splits.test?.labels == [1] && splits.validation?.labels == [0])
    #expect(splits.train.imageShape == [2, 2, 3] && splits.test?.imageShape == [2, 2, 3])
  }

  @Test func channelsAreThoseOfTheMostColorful() throws {
    try picture("1.png", 1, 1, Color(gray: 100))
    try picture("2.png", 1, 1, Self.red)
    #expect(
      try values(ImageDataset.open(folder.path).train).map { $0 * 255 } == [
        100, 100, 100, 255, 0, 0,
      ])
    let gray = try ImageDataset.open(folder.path, options: options { $0.channels = .gray })
    #expect(try values(gray.train).map { $0 * 255 } == [100, 76])
  }

  @Test func mixedSizesNeedASize() throws {
    try picture("1.png", 4, 4, .white)
    try picture("2.png", 4, 4, .white)
    try picture("3.png", 2, 8, .white)
    let error = try #require(failure(opening: folder.path))
    #expect(error.kind == .bad)
    for words in ["2 sizes", "4x4 2 times", "8x2 1 times", "--size 4x4"] {
      #expect(error.description.contains(words))
    }
    let set = try ImageDataset.open(folder.path, options: DataOptions(size: ImageSize("6x5"))).train
    #expect(set.imageShape == [5, 6, 1])
    #expect(try values(set).allSatisfy { $0 == 1 })
  }

  @Test(arguments: DataOptions.Fit.allCases) func imagesFit(fit: DataOptions.Fit) throws {
    // Two columns: white and black.
    let image = Image(height: 2, width: 4, channels: 1, pixels: [0, 255, 255, 0, 0, 255, 255, 0])
    try image.writePNG(to: folder.write("1.png", ""))
    let options = options {
      $0.size = ImageSize(height: 4, width: 4)
      $0.fit = fit
      $0.resampling = .nearest
      $0.background = Color(gray: 7)
    }
    let pixels = try ImageDataset.open(folder.path, options: options).train.image(at: 0).pixels
    let row: [UInt8] = [0, 255, 255, 0]
    switch fit {
    case .stretch: #expect(pixels == row + row + row + row)
    case .crop: #expect(pixels == Array(repeating: 255, count: 16))
    case .pad:
      let fill = [UInt8](repeating: 7, count: 4)
      #expect(pixels == fill + row + row + fill)
    }
  }

  @Test func transparentPixelsLieOverTheBackground() throws {
    folder.write("1.png", transparentPNG)
    #expect(try ImageDataset.open(folder.path).train.image(at: 0).pixels == [0, 0, 0])
    let white = options { $0.background = .white }
    #expect(
      try ImageDataset.open(folder.path, options: white).train.image(at: 0).pixels
        == [255, 255, 255])
  }

  @Test func foldersBeyondMemoryAreReadAsTheyAreNeeded() throws {
    for i in 0..<5 { try picture("\(i).png", 3, 3, Color(gray: UInt8(10 * i))) }
    let kept = try ImageDataset.open(folder.path).train
    let read = try ImageDataset.open(folder.path, options: options { $0.memoryLimit = 8 }).train
    #expect(try values(read) == values(kept))
    folder.write("3.png", "gone")
    #expect(try kept.images(at: [3]).floats[0] * 255 == 30)
    let error = #expect(throws: DataError.self) { try read.images(at: [3]) }
    #expect(error?.path.hasSuffix("/3.png") == true)
    // The loader hands the error on, from its thread.
    let batches = ImageLoader(read, batchSize: 2, isShuffled: false).batches(epoch: 0)
    #expect(try batches.next()?.count == 2)
    #expect(throws: DataError.self) { try batches.next() }
  }

  @Test func unreadableFilesAreNamedAndMayBeSkipped() throws {
    try picture("a/1.png", 2, 2, .white)
    folder.write("a/2.jpg", "JFIF")
    folder.write("b/3.png", "PNG?")
    let whole = try Bytes.read(picture("b/4.png", 2, 2, .black))
    folder.write("b/4.png", whole.dropLast(20))
    let error = try #require(failure(opening: folder.path))
    #expect(error.kind == .bad)
    for words in ["2 of 4", "2.jpg", "3.png", "--skip-bad"] {
      #expect(error.description.contains(words))
    }
    let set = try ImageDataset.open(folder.path, options: options { $0.skipsBadFiles = true }).train
    #expect(set.count == 1 && set.labels == [0] && set.classNames == ["a", "b"])
    #expect(set.skipped.count == 3)
    #expect(set.skipped.contains { $0.contains("b/4.png") })
  }

  @Test func whatHoldsNoImageIsBad() throws {
    for path in [folder.path, folder.folder("empty")] {
      let error = try #require(failure(opening: path))
      #expect(error.kind == .bad && error.kind.exitStatus == 65)
      #expect(error.description.contains("holds no data"))
    }
    folder.write("x/1.png", "bad")
    let skipping = options { $0.skipsBadFiles = true }
    #expect(failure(opening: folder.path, skipping)?.kind == .bad)
    folder.folder("train")
    folder.folder("test")
    #expect(failure(opening: folder.path)?.kind == .bad)
  }

  @Test func aBombIsRefusedUnread() throws {
    var bytes = transparentPNG
    bytes.replaceSubrange(16..<24, with: [0, 0, 0xFD, 0xE8, 0, 0, 0xFD, 0xE8])
    folder.write("bomb.png", bytes)
    let error = try #require(failure(opening: folder.path))
    #expect(error.kind == .bad && error.description.contains("65000"))
  }

  @Test func oneImageIsADataSetOfOne() throws {
    let set = try ImageDataset.open(picture("1.png", 2, 3, Color(gray: 7))).train
    #expect(set.count == 1 && set.imageShape == [2, 3, 1] && set.labels == nil)
    #expect(try set.image(at: 0).pixels == Array(repeating: 7, count: 6))
    let bad = folder.write("bad.png", try Bytes.read(picture("2.png", 2, 3, .white)).dropLast(20))
    #expect(failure(opening: bad)?.path == bad)
  }

  // MARK: - What archives unpack

  @Test(arguments: ["__MACOSX/._1.png", "annotations/1.xml", "train.csv.d/notes"])
  func foldersWithoutImagesAreNothing(other: String) throws {
    try picture("train/cat/1.png", 2, 2, .white)
    try picture("train/dog/1.png", 2, 2, .black)
    try picture("test/dog/1.png", 2, 2, .black)
    folder.write(other, "words")
    folder.folder("train/empty")
    let splits = try ImageDataset.open(folder.path)
    #expect(splits.train.count == 2 && splits.train.labels == [0, 1])
    #expect(splits.train.classNames == ["cat", "dog"] && splits.test?.labels == [1])
  }

  @Test(arguments: ["pets", "pets/images", "a/b/c"]) func aWrapperIsNoClass(wrapper: String) throws
  {
    try picture("\(wrapper)/cat/1.png", 2, 2, .white)
    try picture("\(wrapper)/dog/1.png", 2, 2, .black)
    folder.write("README", "words")
    folder.write("pets/annotations/list.txt", "words")
    folder.write("__MACOSX/pets/._1.png", "words")
    let set = try ImageDataset.open(folder.path).train
    #expect(set.labels == [0, 1] && set.classNames == ["cat", "dog"])
    try picture("\(wrapper)/train/1.png", 2, 2, .white)
    let three = try ImageDataset.open(folder.path).train
    // A lone folder called train is a class like any other, and told.
    #expect(three.classNames == ["cat", "dog", "train"] && three.notes.count == 1)
  }

  @Test func aWrapperMayHoldPartsOrImagesOrArrays() throws {
    try picture("a/w/train/1.png", 2, 2, .white)
    try picture("a/w/val/1.png", 2, 2, .white)
    try picture("a/w/loose.png", 2, 2, .white)
    let parts = try ImageDataset.open("\(folder.path)/a")
    #expect(parts.train.count == 1 && parts.validation?.count == 1)
    #expect(parts.train.notes.count == 1 && parts.train.notes[0].contains("1 files beside"))
    try picture("b/w/1.png", 2, 2, .white)
    try picture("b/w/2.png", 2, 2, .white)
    let images = try ImageDataset.open("\(folder.path)/b").train
    #expect(images.count == 2 && images.labels == nil)
    folder.folder("c/w")
    try NPY.write(Tensor([0, 1], shape: [1, 1, 2]), to: "\(folder.path)/c/w/x_train.npy")
    #expect(try ImageDataset.open("\(folder.path)/c").train.count == 1)
    folder.write("d/w/train.txt", "a b\n")
    #expect(
      try TextDataset.open("\(folder.path)/d", options: textOptions()).splits.train.count == 1)
  }

  static let doubtful: [(folders: [String], says: String)] = [
    (["train", "test", "extra"], "holds extra beside test, train"),
    (["test", "val"], "holds test, val, parts of the data, and none called train"),
    (["train", "training"], "which are one part of the data"),
  ]

  @Test(arguments: doubtful.indices) func whatMayBeEitherIsAsked(place: Int) throws {
    let (folders, says) = Self.doubtful[place]
    for name in folders { try picture("\(name)/1.png", 2, 2, .white) }
    let error = try #require(failure(opening: folder.path))
    #expect(error.kind == .bad && error.description.contains(says), "\(error)")
  }
}

/// A colour PNG of one pixel that cannot be seen.
private let transparentPNG: [UInt8] = {
  func chunk(_ name: String, _ data: [UInt8]) -> [UInt8] {
    let body = Array(name.utf8) + data
    return littleEndian(UInt32(data.count)).reversed() + body + littleEndian(crc32(body)).reversed()
  }
  let row: [UInt8] = [0, 200, 100, 50, 0]
  let stored: [UInt8] = [0x78, 1, 1, 5, 0, 250, 255] + row
  let sum = row.reduce(into: (a: 1, b: 0)) { sum, byte in
    sum.a = (sum.a + Int(byte)) % 65521
    sum.b = (sum.b + sum.a) % 65521
  }
  let check = littleEndian(UInt32(sum.b << 16 | sum.a)).reversed()
  return [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
    + chunk("IHDR", [0, 0, 0, 1, 0, 0, 0, 1, 8, 6, 0, 0, 0]) + chunk("IDAT", stored + check)
    + chunk("IEND", [])
}()
