internal import ImageOutput
internal import SystemFiles

extension ImageDataset {
  /// Opens a file, a folder or a built-in set.
  ///
  /// The format is found in what the path holds; ``Datasets/imageFormats`` lists those that are known. A
  /// built-in set's name comes before a file of that name, which is reached as `./name`.
  ///
  /// - Parameters:
  ///   - pathOrName: A path, or a name out of ``Datasets/builtInImages``.
  ///   - options: How the data is opened.
  /// - Returns: The data with the parts that its format sets aside.
  /// - Throws: ``DataError`` when there is nothing, or nothing usable, or the options do not fit it.
  public static func open(
    _ pathOrName: String, options: DataOptions = DataOptions()
  ) throws(DataError) -> DatasetSplits<ImageDataset> {
    let found = try read(pathOrName, options).withFewClasses()
    var splits = try found.map { set throws(DataError) in try set.adapted(to: options) }
    if let limit = options.limit {
      guard limit > 0 else {
        throw DataError(.usage, pathOrName, "a limit of \(limit) examples leaves nothing.")
      }
      splits.train = splits.train.sampled(limit, seed: options.seed)
    }
    return splits
  }

  private static func read(
    _ path: String, _ options: DataOptions
  ) throws(DataError) -> DatasetSplits<ImageDataset> {
    if let builtIn = BuiltIn(rawValue: path) { return builtIn.splits() }
    switch PathKind(path) {
    case .missing:
      let sets = BuiltIn.allCases.map(\.rawValue).joined(separator: " and ")
      throw DataError(
        .missing, path,
        "there is no such file or folder, and the built-in sets are \(sets); check the path.")
    case .folder: return try readFolder(path, options)
    case .file, .other: return try readFile(path, options)
    }
  }

  private static func readFolder(
    _ path: String, _ options: DataOptions
  ) throws(DataError) -> DatasetSplits<ImageDataset> {
    let root = path
    let outer = try Folder.names(in: path)
    if IDXSet.matches(outer) { return try IDXSet.folder(path, outer, options) }
    let path = try Folder.unwrapped(path)
    let names = try Folder.names(in: path)
    if IDXSet.matches(names) { return try IDXSet.folder(path, names, options) }
    if names.contains(where: { $0.hasSuffix(".npy") }) {
      return try NPYSet.folder(path, names, options)
    }
    // A table beside images describes them.
    if names.contains(where: TextSet.matches), DataKind.possible(at: path) != [.images] {
      return try TextSet.folder(path, names, options)
    }
    return try ImageFolder.splits(path, in: root, options)
  }

  private static func readFile(
    _ path: String, _ options: DataOptions
  ) throws(DataError) -> DatasetSplits<ImageDataset> {
    try OtherFormats.refuse(path)
    let (prefix, isPacked) = try DataFile.unpackedPrefix(of: path, count: 512)
    if isPacked, TextSet.matches(prefix) { return try TextSet.file(path, options) }
    if isPacked, prefix.starts(with: NPYArray.magic) || prefix.starts(with: ZipArchive.magic) {
      throw DataError(
        .bad, path, "is a gzipped array of NumPy's; gunzip it, and it is read in place.")
    }
    if isPacked || IDX.matches(prefix) {
      return DatasetSplits(train: try IDXSet.file(path, options))
    }
    if prefix.starts(with: NPYArray.magic) { return try NPYSet.file(path, options) }
    if prefix.starts(with: ZipArchive.magic) { return try NPYSet.archive(path, options) }
    let image = ImageFormat(prefix)
    if image == .png || image == .jpeg {
      return DatasetSplits(train: try ImageFolder.file(path, options))
    }
    if TextSet.matches(prefix) { return try TextSet.file(path, options) }
    if let image { throw DataError(.bad, path, ImageProblem.notRead(image).description) }
    throw DataError(
      .bad, path,
      "is of no known format of images (IDX, PNG, JPEG, NPY, NPZ, CSV, AMAT); check what it is.")
  }
}
