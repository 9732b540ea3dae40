/// Series of frames, in memory or in a mapped file; each is kept once.
struct SeriesSet: Sendable {
  /// One series: where its first number lies, and how many steps it has.
  struct Series: Sendable {
    let name: String
    let region: Region
    /// Bytes before its first number.
    let offset: Int
    var length: Int
    /// Whether each step is anomalous, where that is known.
    var isAnomalous: [Bool]?
  }

  var series: [Series]
  let featureCount: Int
  /// Bytes from one step to the next.
  let stepStride: Int
  /// Bytes from one feature of a step to the next.
  let featureStride: Int
  /// Reads the number at an address.
  let load: @Sendable (UnsafeRawPointer) -> Double

  init(
    _ series: [Series], featureCount: Int, stepStride: Int, featureStride: Int,
    load: @escaping @Sendable (UnsafeRawPointer) -> Double
  ) {
    self.series = series
    self.featureCount = featureCount
    self.stepStride = stepStride
    self.featureStride = featureStride
    self.load = load
  }

  /// Series of float32 numbers, a step's features side by side.
  init(floats series: [Series], featureCount: Int) {
    let size = MemoryLayout<Float>.stride
    self.init(
      series, featureCount: featureCount, stepStride: featureCount * size, featureStride: size
    ) { Double($0.loadUnaligned(as: Float.self)) }
  }

  /// Writes some steps of a series, the features of a step side by side.
  func read(
    _ steps: Range<Int>, of series: Int, into out: UnsafeMutableBufferPointer<Float>
  ) {
    let series = self.series[series]
    guard let base = series.region.bytes.baseAddress else { return }
    var next = 0
    for step in steps {
      var place = base + series.offset + step * stepStride
      for _ in 0..<featureCount {
        out[next] = Float(load(place))
        next += 1
        place += featureStride
      }
    }
  }

  /// Takes steps of nothing but NaN off the ends, and makes sure that every other number is finite.
  mutating func checkNumbers(of path: String) throws(DataError) {
    var frame = [Float](repeating: 0, count: featureCount)
    for place in series.indices {
      let name = series.count == 1 ? "" : "series \(place), "
      var length = 0
      for step in 0..<series[place].length {
        frame.withUnsafeMutableBufferPointer { read(step..<(step + 1), of: place, into: $0) }
        if frame.allSatisfy(\.isFinite) && length == step {
          length += 1
          continue
        }
        if frame.allSatisfy(\.isNaN) { continue }
        // Steps of NaN before this one are a gap.
        let bad = length < step ? 0 : frame.firstIndex { !$0.isFinite } ?? 0
        throw DataError(
          .bad, path,
          "holds \(length < step || frame[bad].isNaN ? "NaN" : "infinity") in \(name)step \(length), "
            + "feature \(bad), counted from 0; fill such gaps, or cut the series there.")
      }
      guard length > 0 else {
        throw DataError(
          .bad, path, "holds nothing in series \(place), counted from 0; leave it out.")
      }
      series[place].length = length
    }
  }
}

/// Windows of series, or whole series.
struct SeriesWindows: FrameSource {
  let series: SeriesSet
  let list: [WindowPlan.Window]
  /// Where whole series come from, if from a file each.
  var files: ExampleFiles?
  var origin = FrameOrigin()

  /// Windows of `window` steps, one every `stride`; without a window each series is an example.
  init(of series: SeriesSet, window: Int?, stride: Int?, path: String) throws(DataError) {
    self.series = series
    var list: [WindowPlan.Window] = []
    for (place, series) in series.series.enumerated() {
      guard let window else {
        list.append(WindowPlan.Window(series: place, start: 0, length: series.length))
        continue
      }
      guard series.length >= window else {
        throw DataError(
          .usage, series.name,
          "has \(series.length) steps, fewer than a window of \(window); choose a shorter window.")
      }
      for start in Swift.stride(from: 0, through: series.length - window, by: stride ?? window) {
        list.append(WindowPlan.Window(series: place, start: start, length: window))
      }
    }
    guard !list.isEmpty else { throw DataError(.bad, path, "holds no series; check the file.") }
    self.list = list
  }

  var count: Int { list.count }
  var featureCount: Int { series.featureCount }

  var windows: WindowPlan? {
    WindowPlan(
      series: series.series.map { WindowPlan.Series(name: $0.name, length: $0.length) },
      windows: list)
  }

  /// 1 for windows with an anomalous step and 0 for the others; nil where no series is marked.
  var labels: [Int32]? {
    guard series.series.contains(where: { $0.isAnomalous != nil }) else { return nil }
    return list.map { window in
      series.series[window.series].isAnomalous?[window.steps].contains(true) == true ? 1 : 0
    }
  }

  func fileName(of example: Int) -> String? { files?.name(of: example) }

  func length(of example: Int) -> Int { list[example].length }

  func read(_ example: Int, into out: UnsafeMutableBufferPointer<Float>) {
    series.read(list[example].steps, of: list[example].series, into: out)
  }
}

extension SeriesWindows {
  /// A dataset of windows of float32 series, one a file, with so many features each, labelled where
  /// anomalies are marked; `root` is what was named, which may hold nothing but the folder at `path`.
  static func dataset(
    _ list: [(series: SeriesSet.Series, features: Int)], _ path: String, in root: String,
    _ options: SignalOptions, columns: [String]?, notes: [String] = []
  ) throws(DataError) -> SequenceDataset {
    let features = list.first?.features ?? 0
    if let other = list.first(where: { $0.features != features }) {
      throw DataError(
        .bad, other.series.name,
        "has \(other.features) features, but \(list[0].series.name) has \(features); name the "
          + "columns to read.")
    }
    var windows = try SeriesWindows(
      of: SeriesSet(floats: list.map(\.series), featureCount: features), window: options.window,
      stride: options.stride, path: path)
    if options.window == nil {
      windows.files = ExampleFiles(folder: root, paths: list.map(\.series.name))
    }
    windows.origin = FrameOrigin(columns: columns)
    return SequenceDataset(
      windows, count: windows.count, name: path, labels: windows.labels,
      classNames: windows.labels.map { _ in ["normal", "anomalous"] }, notes: notes)
  }
}
