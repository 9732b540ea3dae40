internal import SystemFiles
internal import TensorCore

/// Data sets of NumPy arrays: one file, an archive of several, or a folder of files.
enum NPYSet {
  /// The parts that a set may have, with the names that their arrays go by.
  enum Part: CaseIterable {
    case train
    case validation
    case test

    /// The names of the examples, best first; capitals do not matter.
    fileprivate var names: [String] {
      switch self {
      case .train:
        [
          "x_train", "train_images", "train_x", "images_train", "train", "train_data", "x",
          "images", "imgs", "image", "data", "arr_0",
        ]
      case .validation: ["x_val", "x_valid", "val_images", "valid_images"]
      case .test: ["x_test", "test_images", "test_x", "images_test", "test", "test_data"]
      }
    }

    /// The names of the labels.
    fileprivate var labelNames: [String] {
      switch self {
      case .train:
        [
          "y_train", "train_labels", "train_y", "labels_train", "y", "labels", "label", "targets",
          "target", "classes", "arr_1",
        ]
      case .validation: ["y_val", "y_valid", "val_labels", "valid_labels"]
      case .test: ["y_test", "test_labels", "test_y", "labels_test"]
      }
    }

    /// The name of its examples among `names`; a lone array is what is trained on, whatever its name.
    func examples(among names: [String]) -> String? {
      if self == .train && names.count == 1 { return names[0] }
      return NPYSet.find(self.names, among: names)
    }

    /// The name of its labels among `names`.
    func labels(among names: [String]) -> String? { NPYSet.find(labelNames, among: names) }
  }

  /// The first of some names that is there, capitals or not.
  static func find(_ wanted: [String], among names: [String]) -> String? {
    for name in wanted {
      if let found = names.first(where: { $0.lowercased() == name }) { return found }
    }
    return nil
  }

  /// What is wrong where none of the names is that of training examples.
  static func noExamples(_ path: String, _ names: [String], what: String) -> DataError {
    let shown =
      names.isEmpty ? "no arrays" : "the arrays \(listed(names.sorted()))"
    return DataError(
      .bad, path,
      "holds \(shown), and \(what) are looked for as x_train, train_images, images, x or data; "
        + "rename the array.")
  }

  /// One array of images without labels.
  static func file(_ path: String, _ options: DataOptions) throws(DataError) -> DatasetSplits<
    ImageDataset
  > {
    let set = try images(NPYArray(file: path), labels: nil, named: path, options)
    return DatasetSplits(train: set)
  }

  /// The arrays of an NPZ archive, told apart by their names.
  static func archive(_ path: String, _ options: DataOptions) throws(DataError) -> DatasetSplits<
    ImageDataset
  > {
    let archive = try ZipArchive(path)
    let names = archive.entries.filter { $0.name.hasSuffix(".npy") }
      .map { String($0.name.dropLast(4)) }
    return try splits(path, names, options) { name throws(DataError) in
      try archive.array("\(name).npy", memoryLimit: options.memoryLimit)
    }
  }

  /// The NPY files of a folder, told apart by their names.
  static func folder(
    _ path: String, _ names: [String], _ options: DataOptions
  ) throws(DataError) -> DatasetSplits<ImageDataset> {
    let names = names.filter { $0.hasSuffix(".npy") }.map { String($0.dropLast(4)) }
    return try splits(path, names, options) { name throws(DataError) in
      try NPYArray(file: "\(path)/\(name).npy")
    }
  }

  private static func splits(
    _ path: String, _ names: [String], _ options: DataOptions,
    load: (String) throws(DataError) -> NPYArray
  ) throws(DataError) -> DatasetSplits<ImageDataset> {
    func part(_ part: Part) throws(DataError) -> ImageDataset? {
      guard let name = part.examples(among: names) else { return nil }
      let labels: NPYArray? =
        if let name = part.labels(among: names) { try load(name) } else { nil }
      return try images(load(name), labels: labels, named: path, options)
    }
    var train = try part(.train)
    if let unlabelled = train, Part.train.labels(among: names) == nil,
      let name = find(["latents_classes"], among: names)
    {
      // dSprites' archive: the second factor is the shape.
      let factors = unlabelled.count == Sprites.factors.count ? Sprites.factors : nil
      train = try unlabelled.labelled(by: load(name), column: 1, factors: factors)
    }
    guard let train else { throw noExamples(path, names, what: "images") }
    let splits = DatasetSplits(
      train: train, validation: try part(.validation), test: try part(.test))
    for other in [splits.validation, splits.test] where other != nil {
      guard let other, other.imageShape != train.imageShape else { continue }
      throw DataError(
        .bad, path,
        "its parts have images of different shapes, \(train.imageShape) and \(other.imageShape); "
          + "save them alike.")
    }
    return splits
  }

  /// Images from an array, with their labels.
  static func images(
    _ array: NPYArray, labels: NPYArray?, named path: String, _ options: DataOptions
  ) throws(DataError) -> ImageDataset {
    let layout = try ImageLayout(
      dimensions: array.dimensions, isFortranOrder: array.isFortranOrder,
      options: options, of: array.path)
    let plain = ImageDataset(
      name: path, count: layout.count, imageShape: layout.shape, source: array.source(layout))
    let range = try plain.finiteRange(of: array)
    var source = plain.source
    // Integers beyond those of pixels are numbers like any others, and so are rows of them.
    if !array.element.isFloatingPoint, range.lowerBound >= 0, range.upperBound <= 255,
      array.element == .uint8 || !plain.isRows
    {
      // Zeros and ones are such; anything larger spans 0 to 255.
      let isScaled = range.upperBound > 1
      source =
        array.element.byteCount == 1
        ? layout.byteSource(array.region, offset: array.offset, isScaled: isScaled)
        : ByteSource(region: try plain.bytes(), isScaled: isScaled)
    }
    let set = ImageDataset(
      name: path, count: layout.count, imageShape: layout.shape, source: source)
    guard let labels else { return set }
    return try set.labelled(by: labels)
  }
}

extension ImageDataset {
  /// The least and the greatest value; one that is not finite is an error that says where it is.
  ///
  /// Bytes need not be read to the end: the first above 1 settles how they are meant.
  fileprivate func finiteRange(of array: NPYArray) throws(DataError) -> ClosedRange<Float> {
    let isByte = array.element == .uint8
    let values = UnsafeMutableBufferPointer<Float>.allocate(capacity: imageShape.count)
    values.initialize(repeating: 0)
    defer { values.deallocate() }
    var (low, high) = (Float.infinity, -Float.infinity)
    for example in 0..<count {
      try read(example, into: values)
      var sum: Float = 0
      for value in values {
        (low, high) = (min(low, value), max(high, value))
        sum += value * 0  // NaN as soon as one value is NaN or infinite
      }
      if sum.isNaN, let place = values.firstIndex(where: { !$0.isFinite }) {
        let (width, channels) = (imageShape[1], imageShape[2])
        throw DataError(
          .bad, array.path,
          "holds \(values[place].isNaN ? "NaN" : "infinity") in image \(example) at row "
            + "\(place / channels / width), column \(place / channels % width), channel "
            + "\(place % channels), counted from 0; remove or replace such values.")
      }
      if isByte && high > 1 { return 0...255 }
    }
    return low...high
  }

  /// All values, which are whole and 0 to 255, as bytes.
  fileprivate func bytes() throws(DataError) -> Region {
    let size = imageShape.count
    return try Region(count: count * size, for: name) { memory throws(DataError) in
      let values = UnsafeMutableBufferPointer<Float>.allocate(capacity: size)
      values.initialize(repeating: 0)
      defer { values.deallocate() }
      for example in 0..<count {
        try read(example, into: values)
        for (i, value) in values.enumerated() { memory[example * size + i] = UInt8(value) }
      }
    }
  }

  /// The same images with labels from an array, or from a column of it.
  fileprivate func labelled(
    by array: NPYArray, column: Int? = nil, factors: FactorGrid? = nil
  ) throws(DataError) -> ImageDataset {
    ImageDataset(
      name: name, count: count, imageShape: imageShape,
      labels: try array.labels(count: count, column: column), factors: factors, source: source)
  }
}
