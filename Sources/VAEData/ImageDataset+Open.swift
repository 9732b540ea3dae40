extension ImageDataset {
  /// Opens a file, a folder or a built-in set.
  ///
  /// The format is found in what the path holds; ``Datasets/formats`` lists those that are known. A
  /// built-in set's name comes before a file of that name, which is reached as `./name`.
  ///
  /// - Parameters:
  ///   - pathOrName: A path, or a name out of ``Datasets/builtIn``.
  ///   - options: How the data is opened.
  /// - Returns: The data with the parts that its format sets aside.
  /// - Throws: ``DataError`` when there is nothing, or nothing usable, or the options do not fit it.
  public static func open(
    _ pathOrName: String, options: DataOptions = DataOptions()
  ) throws(DataError) -> DatasetSplits {
    var splits = try read(pathOrName, options)
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
  ) throws(DataError) -> DatasetSplits {
    if let builtIn = BuiltIn(rawValue: path) { return builtIn.splits() }
    switch PathKind(path) {
    case .missing:
      throw DataError(
        .missing, path, "there is no such file, folder or built-in set; check the path.")
    case .folder: return try readFolder(path, options)
    case .file, .other: return try readFile(path, options)
    }
  }

  private static func readFolder(
    _ path: String, _ options: DataOptions
  ) throws(DataError) -> DatasetSplits {
    let names = try Folder.names(in: path)
    if IDXSet.matches(names) { return try IDXSet.folder(path, names) }
    throw DataError(.bad, path, "holds no data of a known format.")
  }

  private static func readFile(
    _ path: String, _ options: DataOptions
  ) throws(DataError) -> DatasetSplits {
    let prefix = try InputFile.prefix(of: path, count: 8)
    if IDX.matches(prefix) || prefix.starts(with: [0x1F, 0x8B]) {
      return DatasetSplits(train: try IDXSet.file(path))
    }
    throw DataError(.bad, path, "is of no known format.")
  }
}
