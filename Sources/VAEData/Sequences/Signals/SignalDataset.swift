internal import SystemFiles

/// Real-valued series and sound as sequences of frames.
public enum SignalDataset {
  /// Opens a file, a folder or a built-in set.
  ///
  /// The format is found in what the path holds. A built-in set's name comes before a file of that
  /// name, which is reached as `./name`.
  ///
  /// - Parameters:
  ///   - pathOrName: A path, or the name of a built-in set.
  ///   - options: What becomes of the numbers.
  ///   - scaling: The scale to bring frames to, such as that of a trained model; nil measures the one
  ///     that the options ask for.
  /// - Returns: The parts of the data, and the scale of their frames; nil where they have their own.
  /// - Throws: ``DataError`` when there is nothing, or nothing usable, or the options do not fit it.
  public static func open(
    _ pathOrName: String, options: SignalOptions, scaling: Standardization? = nil
  ) throws(DataError) -> (splits: DatasetSplits<SequenceDataset>, scaling: Standardization?) {
    try options.check(for: pathOrName)
    let whole = try read(pathOrName, options).withFewClasses()
    let limited = try whole.map { part throws(DataError) in try part.limited(by: options) }
    let splits = try limited.divided(by: options)
    var scaling = scaling
    if scaling == nil, options.scaling == .standardize {
      scaling = try Standardization(Moments(of: splits.train))
    }
    guard let scaling else { return (splits, nil) }
    let scaled = try splits.map { part throws(DataError) in
      guard part.featureCount == scaling.means.count else {
        throw DataError(
          .bad, pathOrName,
          "its frames have \(part.featureCount) features, but \(scaling.means.count) are wanted; "
            + "choose data or columns that fit.")
      }
      return part.replacing(source: ScaledSequences(source: part.source, scaling: scaling))
    }
    return (scaled, scaling)
  }

  /// Steps of the shortest series, where some have more than 2,000, or a table tells the time of its rows:
  /// such are cut into windows; nil of any others.
  ///
  /// - Throws: ``DataError`` when there is nothing, or nothing usable.
  public static func longSeries(
    _ path: String, _ options: SignalOptions
  ) throws(DataError) -> Int? {
    if path == Waves.name { return nil }
    let table = try TableKind(path)
    if case .steps? = table {
      var options = options
      options.window = 1
      return try read(path, options).train.windows?.series.map(\.length).min()
    }
    // A row of a table is a series, however long; with a window it would be a step.
    if table != nil { return nil }
    let set = try read(path, options).train
    let lengths = (0..<set.count).map(set.length)
    return lengths.contains { $0 > 2000 } ? lengths.min() : nil
  }

  private static func read(
    _ path: String, _ options: SignalOptions
  ) throws(DataError) -> DatasetSplits<SequenceDataset> {
    let root = path
    if path == Waves.name {
      try options.requireNoWindow(path)
      return Waves.splits()
    }
    switch PathKind(path) {
    case .missing where fileExists(path + WFDBRecords.ending):
      return try read(path + WFDBRecords.ending, options)
    case .missing:
      throw DataError(
        .missing, path,
        "there is no such file or folder, and the built-in set of series is \(Waves.name); "
          + "check the path.")
    case .folder:
      let path = try Folder.unwrapped(path)
      let names = try Folder.names(in: path)
      if names.contains(where: { $0.hasSuffix(".npy") }) {
        return try SeriesArrays(path: path, options: options).folder(names)
      }
      if names.contains(where: TextSet.matches), DataKind.possible(at: path) != [.sound] {
        return try SeriesTables(path: path, root: root, options: options).folder(names)
      }
      if names.contains(where: { $0.hasSuffix(WFDBRecords.ending) }) {
        return try WFDBRecords(path: path, root: root, options: options).folder(names)
      }
      if let found = try Recordings(path: path, root: root, options: options).folder() {
        return found
      }
    case .file, .other:
      if path.hasSuffix(WFDBRecords.ending) {
        return try WFDBRecords(path: path, root: root, options: options).file()
      }
      try OtherFormats.refuse(path)
      let (prefix, isPacked) = try DataFile.unpackedPrefix(of: path, count: 512)
      if isPacked, !TextSet.matches(prefix) {
        throw DataError(
          .bad, path, "is gzipped, and only tables are read so; gunzip it, and open what is in it.")
      }
      if prefix.starts(with: NPYArray.magic) {
        return try SeriesArrays(path: path, options: options).file()
      }
      if prefix.starts(with: ZipArchive.magic) {
        return try SeriesArrays(path: path, options: options).archive()
      }
      if WAVFile.matches(prefix) {
        return try Recordings(path: path, root: root, options: options).file()
      }
      if TextSet.matches(prefix) {
        return try SeriesTables(path: path, root: root, options: options).file()
      }
    }
    throw DataError(
      .bad, path, "holds no series in a known format (NPY, NPZ, CSV, WAV, WFDB); check what it is.")
  }
}

extension SequenceDataset {
  /// The examples as the options want those that are too long.
  fileprivate func limited(by options: SignalOptions) throws(DataError) -> SequenceDataset {
    guard let maximum = options.maximumLength,
      let first = (0..<count).first(where: { length(of: $0) > maximum })
    else { return self }
    switch options.tooLong {
    case .error:
      throw DataError(
        .usage, name,
        "example \(first), counted from 0, has \(length(of: first)) steps, more than \(maximum); "
          + "allow more, or skip or truncate such examples.")
    case .truncate:
      return replacing(source: TruncatedSequences(source: source, maximum: maximum))
    case .skip:
      let kept = (0..<count).filter { length(of: $0) <= maximum }
      guard !kept.isEmpty else {
        throw DataError(
          .usage, name, "no example has \(maximum) steps or fewer; allow more, or truncate them.")
      }
      return subset(kept)
    }
  }
}

extension DatasetSplits<SequenceDataset> {
  /// The parts, a test part among them where the options want one and there is none yet.
  fileprivate func divided(by options: SignalOptions) throws(DataError) -> Self {
    var (kept, aside) = train.divided(fraction: test == nil ? options.testFraction : 0, options)
    if options.trainsOnNormal {
      guard let labels = train.labels else {
        throw DataError(
          .usage, train.name, "has no labels that tell what is normal; train on all of it.")
      }
      aside = (aside + kept.filter { labels[$0] != 0 }).sorted()
      kept = kept.filter { labels[$0] == 0 }
    }
    guard !kept.isEmpty else {
      throw DataError(.usage, train.name, "has no examples left to train on; set fewer aside.")
    }
    var result = self
    if kept.count < train.count { result.train = train.subset(kept) }
    if test == nil, !aside.isEmpty { result.test = train.subset(aside) }
    return result
  }
}

extension SequenceDataset {
  /// The places of what is trained on and of what is set aside: of each long series the last windows.
  fileprivate func divided(
    fraction: Double, _ options: SignalOptions
  ) -> (kept: [Int], aside: [Int]) {
    guard options.window != nil, let plan = windows else {
      let places = splitPlaces(fraction: fraction, seed: 0)
      return (places.first, places.second)
    }
    return plan.split(fraction: fraction)
  }
}
