/// Series in text: CSV and TSV files.
///
/// With a window, or with columns named, the rows of a table are the steps of one series, and a folder
/// holds a series a table. Otherwise a row is an example of one feature, its end where nothing or NaN
/// follows, and the column called `label`, `class`, `target` or `y` holds the labels.
struct SeriesTables {
  let path: String
  /// The data, as it was named, which may hold nothing but the folder.
  let root: String
  let options: SignalOptions

  private var rowsAreSteps: Bool { options.window != nil || !options.columns.isEmpty }

  func file() throws(DataError) -> DatasetSplits<SequenceDataset> {
    if rowsAreSteps { return DatasetSplits(train: try windows(of: [path])) }
    return try examples(train: path, validation: nil, test: nil)
  }

  func folder(_ names: [String]) throws(DataError) -> DatasetSplits<SequenceDataset> {
    if rowsAreSteps {
      return DatasetSplits(
        train: try windows(of: names.filter(TextSet.matches).map { "\(path)/\($0)" }))
    }
    let parts = try TextSet.parts(of: path, names)
    return try examples(train: parts.train, validation: parts.validation, test: parts.test)
  }

  // MARK: - Rows as steps

  private func windows(of files: [String]) throws(DataError) -> SequenceDataset {
    let anomalies = try options.anomalies.map { path throws(DataError) in try AnomalyTimes(path) }
    var notes: [String] = []
    var columns: [String]?
    let tables = try files.map { file throws(DataError) in
      let table = try SeriesTable(file, options, isRagged: false)
      let times = try anomalies.map { times throws(DataError) in try times(of: file) }
      notes += table.notes
      columns = columns ?? table.featureNames
      return (series: try table.series(anomalies: times), features: table.features.count)
    }
    return try SeriesWindows.dataset(
      tables, path, in: root, options, columns: columns, notes: notes)
  }

  // MARK: - Rows as examples

  private func examples(
    train: String, validation: String?, test: String?
  ) throws(DataError) -> DatasetSplits<SequenceDataset> {
    func rows(_ file: String) throws(DataError) -> SeriesTable.Examples {
      try SeriesTable(file, options, isRagged: true).examples()
    }
    let train = try rows(train)
    let (validation, test) = (try validation.map(rows), try test.map(rows))
    // Classes are numbered alike in all parts.
    let parts = [train, validation, test].compactMap { $0?.labels }
    let (numbers, names) = ClassNames.classes(parts.flatMap(\.self))
    var rest = numbers[...]
    func dataset(_ rows: SeriesTable.Examples) -> SequenceDataset {
      let labels = rest.prefix(rows.labels.count)
      rest = rest.dropFirst(rows.labels.count)
      return SequenceDataset(
        rows.windows, count: rows.windows.count, name: path,
        labels: labels.isEmpty ? nil : Array(labels), classNames: labels.isEmpty ? nil : names,
        skipped: rows.skipped, notes: rows.notes)
    }
    return DatasetSplits(
      train: dataset(train), validation: validation.map(dataset), test: test.map(dataset))
  }
}
