/// Bars over a common axis, such as the divergence of each code, or how often values occur.
public struct BarPlot: Sendable {
  /// Where the bars stand from left to right.
  public var x: [Double]
  /// How high they are, as many; one that is not finite is left out.
  public var heights: [Double]
  /// The width of a bar, in units of `x`.
  public var barWidth: Double
  /// The heading.
  public var title: String?
  /// What lies along the bottom.
  public var xLabel: String?
  /// What lies along the left side.
  public var yLabel: String?
  /// Columns of the picture, at least 200.
  public var width = 920
  /// Rows of the picture, at least 160.
  public var height = 420

  /// Makes a plot of one bar for each height, at 0, 1, 2 and so on, as dimensions are counted.
  public init(
    _ heights: [Double], title: String? = nil, xLabel: String? = nil, yLabel: String? = nil
  ) {
    self.x = heights.indices.map(Double.init)
    self.heights = heights
    self.barWidth = 0.8
    self.title = title
    self.xLabel = xLabel
    self.yLabel = yLabel
  }

  /// Makes a plot of how many of `values` lie in each of `bins` equal parts of their range.
  public init(
    histogramOf values: [Double], bins: Int = 40, title: String? = nil, xLabel: String? = nil,
    yLabel: String? = "count"
  ) {
    let shown = values.filter(Axis.canShow)
    let axis = Axis(spanning: shown, padding: 0)
    let bins = max(1, bins)
    let binWidth = (axis.upper - axis.lower) / Double(bins)
    var counts = [Double](repeating: 0, count: shown.isEmpty ? 0 : bins)
    for value in shown { counts[min(bins - 1, Int(axis.position(value) * Double(bins)))] += 1 }
    self.init(counts, title: title, xLabel: xLabel, yLabel: yLabel)
    x = counts.indices.map { axis.lower + (Double($0) + 0.5) * binWidth }
    barWidth = binWidth
  }

  /// Draws the plot, in colour.
  public func rendered() -> Image {
    let bars = zip(x, heights).filter { Axis.canShow($0) && Axis.canShow($1) }
    var frame = PlotFrame(
      height: height, width: width, title: title, xLabel: xLabel, yLabel: yLabel, keys: [],
      horizontal: Axis(
        spanning: bars.flatMap { [$0.0 - barWidth / 2, $0.0 + barWidth / 2] }, padding: 0.02,
        wishedTicks: 10),
      vertical: Axis(spanning: bars.map(\.1) + (bars.isEmpty ? [] : [0]), padding: 0.05))
    if bars.isEmpty { frame.note("nothing to show yet") }
    let base = frame.point(0, 0).y
    for (x, height) in bars {
      let (left, right) = (frame.point(x - barWidth / 2, 0).x, frame.point(x + barWidth / 2, 0).x)
      let top = frame.point(x, height).y
      // One pixel is left between neighbours, and even the smallest bar is a line.
      let (first, last) = (Int(left.rounded()), Int(right.rounded()))
      let (upper, lower) = (Int(min(top, base).rounded()), Int(max(top, base).rounded()))
      frame.canvas.fill(
        Rectangle(x: first, y: upper, width: max(1, last - first - 1), height: lower - upper + 1),
        Palette.color(0), opacity: 0.9)
    }
    if !bars.isEmpty {
      let area = frame.area
      frame.canvas.fill(
        Rectangle(x: area.x, y: Int(base.rounded()), width: area.width, height: 1), Theme.muted)
    }
    return frame.canvas.image
  }
}
