internal import SystemFiles

/// Series in NumPy's arrays: one file, an archive of several, or a folder of files.
///
/// Without a window an array is `[count, time]` or `[count, time, features]`, an example each. With
/// one, `[time]` and `[time, features]` are one long series, and `[count, time, features]` several.
/// Steps of NaN at the end of a series are padding; an array called `lengths`, `lengths_train` and so
/// on says where series end instead.
struct SeriesArrays {
  let path: String
  let options: SignalOptions

  /// One array without labels.
  func file() throws(DataError) -> DatasetSplits<SequenceDataset> {
    DatasetSplits(train: try dataset(NPYArray(file: path), labels: nil, lengths: nil))
  }

  /// The arrays of an NPZ archive, told apart by their names as those of images are.
  func archive() throws(DataError) -> DatasetSplits<SequenceDataset> {
    let archive = try ZipArchive(path)
    return try splits(archive.entries.map(\.name)) { name throws(DataError) in
      try archive.array(name, memoryLimit: physicalMemory / 2)
    }
  }

  /// The NPY files of a folder, told apart by their names.
  func folder(_ names: [String]) throws(DataError) -> DatasetSplits<SequenceDataset> {
    try splits(names) { name throws(DataError) in try NPYArray(file: "\(path)/\(name)") }
  }

  private func splits(
    _ files: [String], load: (String) throws(DataError) -> NPYArray
  ) throws(DataError) -> DatasetSplits<SequenceDataset> {
    let names = files.filter { $0.hasSuffix(".npy") }.map { String($0.dropLast(4)) }
    func array(_ name: String?) throws(DataError) -> NPYArray? {
      if let name { try load("\(name).npy") } else { nil }
    }
    func part(_ part: NPYSet.Part) throws(DataError) -> SequenceDataset? {
      guard let examples = try array(part.examples(among: names)) else { return nil }
      let lengths = NPYSet.find(Self.lengthNames(part), among: names)
      return try dataset(
        examples, labels: array(part.labels(among: names)), lengths: array(lengths))
    }
    guard let train = try part(.train) else {
      throw NPYSet.noExamples(path, names, what: "series")
    }
    return DatasetSplits(train: train, validation: try part(.validation), test: try part(.test))
  }

  private static func lengthNames(_ part: NPYSet.Part) -> [String] {
    switch part {
    case .train: ["lengths_train", "train_lengths", "lengths"]
    case .validation: ["lengths_val", "val_lengths", "lengths_valid", "valid_lengths"]
    case .test: ["lengths_test", "test_lengths"]
    }
  }

  private func dataset(
    _ array: NPYArray, labels: NPYArray?, lengths: NPYArray?
  ) throws(DataError) -> SequenceDataset {
    var set = try series(in: array)
    if let lengths { try cut(&set, to: lengths) }
    try set.checkNumbers(of: array.path)
    let source = try SeriesWindows(
      of: set, window: options.window, stride: options.stride, path: array.path)
    let classes = try labels?.labels(count: set.series.count)
    return SequenceDataset(
      source, count: source.count, name: path,
      labels: classes.map { classes in source.list.map { classes[$0.series] } })
  }

  /// The series of an array, all as long as its time axis.
  private func series(in array: NPYArray) throws(DataError) -> SeriesSet {
    // Series, time and features, of which the outer ones may be left out.
    var dimensions = array.dimensions
    let isOneSeries = options.window != nil && (1...2).contains(dimensions.count)
    if isOneSeries { dimensions.insert(1, at: 0) }
    if dimensions.count == 2 { dimensions.append(1) }
    let given = array.dimensions.map(String.init).joined(separator: " x ")
    guard dimensions.count == 3 else {
      throw DataError(
        .bad, array.path,
        "holds an array of \(given.isEmpty ? "no dimensions" : given), but series are "
          + "[count, time] or [count, time, features], and with a window also [time] or "
          + "[time, features]; reshape it.")
    }
    guard dimensions.allSatisfy({ $0 > 0 }) else {
      throw DataError(
        .bad, array.path, "is empty: it holds an array of \(given); check the file.")
    }
    let strides = ImageLayout.steps(of: dimensions, isFortranOrder: array.isFortranOrder)
      .map { $0 * array.element.byteCount }
    return SeriesSet(
      (0..<dimensions[0]).map {
        SeriesSet.Series(
          name: array.path, region: array.region, offset: array.offset + $0 * strides[0],
          length: dimensions[1])
      }, featureCount: dimensions[2], stepStride: strides[1], featureStride: strides[2],
      load: array.load)
  }

  private func cut(_ set: inout SeriesSet, to lengths: NPYArray) throws(DataError) {
    for (place, length) in try lengths.labels(count: set.series.count).enumerated() {
      guard (1...set.series[place].length).contains(Int(length)) else {
        throw DataError(
          .bad, lengths.path,
          "holds the length \(length) for series \(place), which has 1 to "
            + "\(set.series[place].length) steps; mend it.")
      }
      set.series[place].length = Int(length)
    }
  }
}
