internal import SystemFiles
internal import TensorCore

/// Data sets of IDX files: images with their labels beside them.
enum IDXSet {
  /// Whether a folder holds images in IDX files.
  static func matches(_ names: [String]) -> Bool { names.contains(where: isImages) }

  /// The parts of a folder, such as `train-images-idx3-ubyte.gz` and `t10k-images-idx3-ubyte.gz`.
  static func folder(
    _ path: String, _ names: [String], _ options: DataOptions
  ) throws(DataError) -> DatasetSplits<ImageDataset> {
    // A plain file stands for the gzipped one beside it.
    let images = names.filter {
      isImages($0) && !($0.hasSuffix(".gz") && names.contains(plain($0)))
    }
    let test = images.filter { $0.contains("t10k") || $0.contains("test") }
    let train = images.filter { !test.contains($0) }
    for part in [train, test] where part.count > 1 {
      throw DataError(
        .bad, path,
        "holds several sets of images (\(part.sorted().joined(separator: ", "))); "
          + "name one of the files.")
    }
    let sets = try (train + test).map { name throws(DataError) in
      try file("\(path)/\(name)", options)
    }
    if sets.count == 2, sets[0].imageShape != sets[1].imageShape {
      throw DataError(
        .bad, path,
        "its training images have the shape \(sets[0].imageShape), but its test images "
          + "\(sets[1].imageShape); check that they belong together.")
    }
    return DatasetSplits(train: sets[0], test: sets.count == 2 ? sets[1] : nil)
  }

  /// The images of one file, with the labels beside it if there are any.
  static func file(_ path: String, _ options: DataOptions) throws(DataError) -> ImageDataset {
    let images = try IDX.read(path, memoryLimit: options.memoryLimit)
    var labels: NPYArray?
    if let labelPath = labelPath(for: path) {
      let array = try IDX.read(labelPath, memoryLimit: options.memoryLimit)
      try check(array, count: images.dimensions.first ?? 0, images: path)
      labels = array
    }
    var options = options
    var dimensions = images.dimensions
    // Three axes are those of grey images, whatever their sizes.
    if dimensions.count == 3 {
      dimensions.append(1)
      options.layout = .channelsLast
    }
    guard images.element == .uint8 else {
      let array = NPYArray(
        path: path, dimensions: dimensions, element: images.element, isBigEndian: true,
        region: images.region, offset: images.offset)
      return try NPYSet.images(array, labels: labels, named: path, options)
    }
    let layout = try ImageLayout(dimensions: dimensions, options: options, of: path)
    return ImageDataset(
      name: path, count: layout.count, imageShape: layout.shape,
      labels: try labels?.labels(count: layout.count),
      source: layout.byteSource(images.region, offset: images.offset, isScaled: true))
  }

  private static func check(
    _ labels: NPYArray, count: Int, images: String
  ) throws(DataError) {
    guard labels.dimensions.count == 1 else {
      throw DataError(
        .bad, labels.path,
        "holds an array of \(labels.dimensions.count) dimensions, but labels have 1; "
          + "check which file it is.")
    }
    guard labels.dimensions[0] == count else {
      throw DataError(
        .bad, labels.path,
        "holds \(labels.dimensions[0]) labels, but \(images) holds \(count) images; "
          + "check that they belong together.")
    }
  }

  private static func isImages(_ name: String) -> Bool {
    !name.hasPrefix(".") && name.contains("images") && name.contains("idx")
  }

  private static func plain(_ name: String) -> String {
    name.hasSuffix(".gz") ? String(name.dropLast(3)) : name
  }

  /// The file of labels that belongs to a file of images, if it is there.
  private static func labelPath(for path: String) -> String? {
    let start = path.lastIndex(of: "/").map(path.index(after:)) ?? path.startIndex
    var name = plain(String(path[start...]))
    guard let word = name.firstRange(of: "images") else { return nil }
    name.replaceSubrange(word, with: "labels")
    for rank in ["idx3", "idx4"] {
      if let range = name.firstRange(of: rank) { name.replaceSubrange(range, with: "idx1") }
    }
    return [name, name + ".gz"].map { path[..<start] + $0 }.map(String.init)
      .first { PathKind($0) == .file }
  }
}
