import TensorCore
import Testing
import VAEData

@Suite struct NPYTests {
  let folder = TemporaryFolder()
  static let golden = goldenFolder

  /// What the files of `Golden` hold, by the formula in the script that made them.
  static let whole: [Float] = (0..<120).map { place in
    let (n, h): (Int, Int) = (place / 40, place / 10 % 4)
    let (w, c): (Int, Int) = (place / 2 % 5, place % 2)
    let sum: Int = n * 7 + h * 5 + w * 3 + c
    return Float(sum % 11)
  }

  static let floats = ["float32", "float64-fortran", "float32-big", "float16"]
  static let integers = [
    "uint8", "uint8-fortran", "int64", "int16-big", "version2", "version3",
  ]

  @Test(arguments: floats + integers)
  func numPysFilesAreRead(name: String) throws {
    let set = try ImageDataset.open("\(Self.golden)/\(name).npy").train
    #expect(set.count == 3 && set.imageShape == [4, 5, 2])
    let scale: Float = Self.floats.contains(name) ? 1 / 11 : 1 / 255
    let tolerance: Float = name == "float16" ? 5e-4 : 1e-7
    for (value, expected) in zip(try values(set), Self.whole) {
      #expect(abs(value - expected * scale) <= tolerance)
    }
  }

  @Test func anArchiveHasPartsAndLabels() throws {
    let splits = try ImageDataset.open("\(Self.golden)/stored.npz")
    #expect(splits.train.labels == [2, 0, 1] && splits.test?.labels == [1])
    #expect(try values(splits.train) == Self.whole.map { $0 / 255 })
    #expect(try splits.test.map(values) == Self.whole[..<40].map { $0 / 255 })
  }

  @Test func aDeflatedArchiveIsUnpacked() throws {
    let set = try ImageDataset.open("\(Self.golden)/deflated.npz").train
    #expect(set.labels == [2, 0, 1])
    for (value, expected) in zip(try values(set), Self.whole) {
      #expect(abs(value - expected / 11) <= 1e-7)
    }
  }

  @Test func anArchiveLikeDSpritesIsRead() throws {
    let set = try ImageDataset.open("\(Self.golden)/sprites.npz").train
    #expect(set.imageShape == [4, 5, 1] && set.labels == [2, 1, 0])
    // Ones are white, not one 255th.
    #expect(Set(try values(set)) == [0, 1])
  }

  @Test func aFolderOfArraysIsRead() throws {
    try NPY.write(Tensor([0, 0.5, 1, 0.25], shape: [2, 1, 2]), to: "\(folder.path)/x_train.npy")
    try NPY.write(Tensor([Int32(1), 0], shape: [2]), to: "\(folder.path)/y_train.npy")
    try NPY.write(Tensor([Float(1), 1], shape: [1, 1, 2]), to: "\(folder.path)/X_test.npy")
    let splits = try ImageDataset.open(folder.path)
    #expect(try values(splits.train) == [0, 0.5, 1, 0.25])
    #expect(splits.train.labels == [1, 0] && splits.test?.count == 1)
  }

  @Test(arguments: [DType.float32, .float64, .int32])
  func tensorsComeBack(dtype: DType) throws {
    for shape in [Shape([]), [1], [0, 3], [2, 3, 4]] {
      let tensor = Tensor((0..<shape.count).map { Double($0) - 3 }, shape: shape)
        .converted(to: dtype)
      let path = "\(folder.path)/tensor.npy"
      try NPY.write(tensor, to: path)
      #expect(try NPY.read(path) == tensor)
      let archive = "\(folder.path)/tensors.npz"
      try NPZ.write([("a", tensor), ("b/c", tensor), ("empty", .zeros([0]))], to: archive)
      let back = try NPZ.read(archive)
      #expect(back.keys.sorted() == ["a", "b/c", "empty"])
      #expect(back["a"] == tensor && back["b/c"] == tensor)
    }
  }

  @Test func numPysArraysAreTensorsToo() throws {
    let tensor = try NPY.read("\(Self.golden)/float64-fortran.npy")
    #expect(tensor.shape == [3, 4, 5, 2] && tensor.dtype == .float64)
    #expect(tensor.doubles == Self.whole.map { Double($0) / 11 })
    #expect(try NPY.read("\(Self.golden)/int16-big.npy").integers == Self.whole.map { Int32($0) })
  }

  @Test func aFileIsReplacedWholeOrNotAtAll() throws {
    let path = folder.write("codes.npy", "before")
    let error = #expect(throws: DataError.self) {
      try NPY.write(Tensor(1), to: "\(folder.path)/nowhere/codes.npy")
    }
    #expect(error?.kind == .unwritable && error?.kind.exitStatus == 73)
    #expect(throws: DataError.self) { try NPY.write(Tensor(1), to: folder.path) }
    try NPY.write(Tensor(1), to: path)
    #expect(try NPY.read(path).item == 1)
    #expect(try names(in: folder.path) == ["codes.npy"])
  }

  // MARK: Bad input

  static func header(_ text: String, version: UInt8 = 1) -> [UInt8] {
    [0x93] + "NUMPY".utf8 + [version, 0, UInt8(text.utf8.count), 0] + text.utf8
  }

  static func array(_ type: String, _ shape: String, _ elements: [UInt8]) -> [UInt8] {
    header("{'descr': '\(type)', 'fortran_order': False, 'shape': (\(shape)), }") + elements
  }

  static func elements(_ values: [Float]) -> [UInt8] {
    values.flatMap { littleEndian($0.bitPattern) }
  }

  static let damaged: [([UInt8], [String])] = [
    (array("<f4", "1, 2, 2", elements([0, 1, .nan, 1])), ["NaN", "image 0", "row 1, column 0"]),
    (
      array("<f4", "2, 1, 2", elements([0, 1, 1, .infinity])), ["infinity", "image 1", "column 1"]
    ),
    (array("<f4", "1, 2, 2", elements([0, 1, 1])), ["cut short", "16 bytes", "12"]),
    (array("<f4", "1, 1, 2", elements([0, 1, 1])), ["too long"]),
    (array("<f8", "4611686018427387904, 3, 3", []), ["damaged", "4611686018427387904 x 3 x 3"]),
    (array("<f8", "1000000000, 3, 3", []), ["cut short", "72000000000 bytes"]),
    (array("|O", "1, 2", [1, 2]), ["type |O"]),
    (array("<c8", "1, 1", elements([1, 2])), ["type <c8"]),
    (array("<f4", "3,", elements([1, 2, 3])), ["array of 3", "reshape"]),
    (array("<f4", "", elements([1])), ["no dimensions"]),
    (array("<f4", "0, 28, 28", []), ["empty"]),
    (array("<f4", "0, 1099511627776, 1099511627776", []), ["damaged"]),
    (array("<f4", "-1, 28, 28", []), ["header"]),
    (header("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1, 1), }"), ["records"]),
    (header("{}"), ["header"]),
    (header("{'descr': '<f4'", version: 9), ["version 9"]),
    (Array(array("<f4", "1, 1", elements([1])).prefix(30)), ["ends in its header"]),
    (Array(array("<f4", "1, 1", elements([1])).prefix(8)), ["ends in its header"]),
  ]

  @Test(arguments: damaged) func damageIsNamed(bytes: [UInt8], says: [String]) throws {
    let path = folder.write("x.npy", bytes)
    let error = try #require(failure(opening: path))
    #expect(error.kind == .bad && error.path == path)
    for words in says { #expect(error.description.contains(words)) }
  }

  @Test func rowsThatDoNotFillTheShapeAreUsage() throws {
    var options = DataOptions()
    options.rowShape = [3, 3, 1]
    let path = folder.write("x.npy", Self.array("|u1", "1, 8", Array(repeating: 1, count: 8)))
    #expect(failure(opening: path, options)?.kind == .usage)
  }

  @Test(arguments: ["stored", "deflated"]) func aDamagedArchiveIsNamed(name: String) throws {
    let whole = try Bytes.read("\(Self.golden)/\(name).npz")
    // Wherever it is cut, its table of contents, which comes last, is not whole.
    for count in stride(from: 4, to: whole.count, by: 13) {
      let error = try #require(failure(opening: folder.write("cut.npz", whole.prefix(count))))
      #expect(error.kind == .bad)
      #expect(error.description.contains("table of contents"))
    }
    // A flipped bit never traps; what is wrong is mostly found, and the rest reads as other numbers.
    for place in 0..<whole.count {
      var bytes = whole
      bytes[place] ^= 0x10
      let error = failure(opening: folder.write("flipped.npz", bytes))
      #expect(error.map { $0.description.contains("flipped.npz") } ?? true)
    }
  }

  @Test func deflatedBytesAreChecked() throws {
    var bytes = try Bytes.read("\(Self.golden)/deflated.npz")
    bytes[120] ^= 1
    let error = try #require(failure(opening: folder.write("x.npz", bytes)))
    #expect(error.description.contains("x.npz/images.npy: is damaged"))
  }

  @Test func whatDoesNotFitIntoMemoryIsRefused() throws {
    var options = DataOptions()
    options.memoryLimit = 100
    let error = try #require(failure(opening: "\(Self.golden)/deflated.npz", options))
    #expect(error.kind == .usage && error.description.contains("unzip"))
  }

  @Test func labelsThatDoNotFitAreNamed() throws {
    func archive(_ labels: Tensor) throws -> DataError? {
      let path = "\(folder.path)/x.npz"
      try NPZ.write([("x", .zeros([3, 2, 2])), ("y", labels)], to: path)
      return failure(opening: path)
    }
    #expect(
      try archive(Tensor([Int32(0), 1], shape: [2]))?.description.contains("2 labels") == true)
    #expect(try archive(Tensor([0, 0.5, 1], shape: [3]))?.description.contains("0.5") == true)
    #expect(try archive(Tensor([0, -1, 1], shape: [3]))?.description.contains("-1") == true)
    #expect(try archive(.zeros([3, 1, 1]))?.description.contains("one number an example") == true)
    #expect(try archive(.zeros([3], dtype: .int32)) == nil)
    for rows in [[1, 0, 0, 1, 0, 0], [1, 0, 0, 1, 1, 1], [1, 0, 0, 2, 0, 1]] {
      let error = try archive(Tensor(rows.map(Int32.init), shape: [3, 2]))
      #expect(error?.description.contains("labels of shape 3 x 2, which are neither") == true)
    }
  }

  @Test(arguments: [DType.float32, .int32]) func rowsWithASingleOneAreClasses(dtype: DType) throws {
    let rows = Tensor([0, 0, 1, 1, 0, 0, 0, 1, 0], shape: [3, 3]).converted(to: dtype)
    let path = "\(folder.path)/x.npz"
    try NPZ.write([("x_train", .zeros([3, 2, 2])), ("y_train", rows)], to: path)
    #expect(try ImageDataset.open(path).train.labels == [2, 0, 1])
    #expect(
      try SignalDataset.open(path, options: signalOptions()).splits.train.labels == [2, 0, 1])
    let column = Tensor([2, 0, 1], shape: [3, 1]).converted(to: dtype)
    try NPZ.write([("x_train", .zeros([3, 2, 2])), ("y_train", column)], to: path)
    #expect(try ImageDataset.open(path).train.labels == [2, 0, 1])
  }

  @Test func anArchiveWithoutImagesSaysWhatItHolds() throws {
    let path = "\(folder.path)/x.npz"
    try NPZ.write([("weights", .zeros([3])), ("bias", .zeros([3]))], to: path)
    let error = try #require(failure(opening: path))
    #expect(error.description.contains("bias, weights"))
  }
}
