/// Which parts of which series the examples of a dataset are.
public struct WindowPlan: Sendable, Equatable {
  /// A stretch of one series.
  public struct Window: Sendable, Hashable {
    /// The place of the series in ``WindowPlan/series``.
    public let series: Int
    /// Its first step, counted from 0.
    public let start: Int
    /// How many steps it has.
    public let length: Int

    /// Its steps in the series.
    public var steps: Range<Int> { start..<(start + length) }
  }

  /// A series that windows are cut from.
  public struct Series: Sendable, Hashable {
    /// What messages and captions call it.
    public let name: String
    /// How many steps it has.
    public let length: Int
  }

  /// The series, in the order they were read.
  public let series: [Series]
  /// The window that each example is, in the order of the dataset.
  public let windows: [Window]

  /// Whether some windows share steps.
  var overlaps: Bool {
    let ordered = windows.sorted { ($0.series, $0.start) < ($1.series, $1.start) }
    return zip(ordered, ordered.dropFirst()).contains {
      $0.series == $1.series && $1.start < $0.steps.upperBound
    }
  }

  /// The places of two parts: the last windows of each series are set aside, and those before that share
  /// steps with them are in neither.
  func split(fraction: Double) -> (kept: [Int], aside: [Int]) {
    var (kept, aside): ([Int], [Int]) = ([], [])
    for series in series.indices {
      let places = windows.indices.filter { windows[$0].series == series }
        .sorted { windows[$0].start < windows[$1].start }
      let tail = places.suffix(Int((Double(places.count) * fraction).rounded()))
      let end = tail.first.map { windows[$0].start } ?? .max
      kept += places.filter { windows[$0].steps.upperBound <= end }
      aside += tail
    }
    return (kept.sorted(), aside.sorted())
  }

  /// The windows of some examples.
  func subset(_ examples: [Int]) -> WindowPlan {
    WindowPlan(series: series, windows: examples.map { windows[$0] })
  }
}
