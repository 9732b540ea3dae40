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

  /// The windows of some examples.
  func subset(_ examples: [Int]) -> WindowPlan {
    WindowPlan(series: series, windows: examples.map { windows[$0] })
  }
}
