internal import SystemFiles

/// Long series out of records of PhysioNet's waveform database, one or those of a folder.
struct WFDBRecords {
  let path: String
  /// The data, as it was named, which may hold nothing but the folder.
  let root: String
  let options: SignalOptions

  static let ending = ".hea"

  func file() throws(DataError) -> DatasetSplits<SequenceDataset> { try windows(of: [path]) }

  func folder(_ names: [String]) throws(DataError) -> DatasetSplits<SequenceDataset> {
    try windows(of: names.filter { $0.hasSuffix(Self.ending) }.map { "\(path)/\($0)" })
  }

  private func windows(of files: [String]) throws(DataError) -> DatasetSplits<SequenceDataset> {
    var names = options.columns
    let series = try files.map { file throws(DataError) in
      let record = try WFDBRecord(file)
      if names.isEmpty { names = record.signals.map(\.description) }
      var series = try record.series(options.columns)
      let beats = "\(file.dropLast(Self.ending.count)).atr"
      if PathKind(beats) == .file {
        var marks = [Bool](repeating: false, count: series.length)
        for beat in try WFDBBeats(beats).beats where beat.isAbnormal {
          if marks.indices.contains(beat.sample) { marks[beat.sample] = true }
        }
        series.isAnomalous = marks
      }
      return (
        series: series,
        features: options.columns.isEmpty ? record.signals.count : options.columns.count
      )
    }
    return DatasetSplits(
      train: try SeriesWindows.dataset(
        series, path, in: root, options,
        columns: Set(names).count == names.count && !names.contains("") ? names : nil))
  }
}
