/// Points in the plane, such as codes of two dimensions, coloured by their class.
public struct ScatterPlot: Sendable {
  /// Where the points lie from left to right.
  public var x: [Double]
  /// Where they lie from bottom to top, as many; a pair that is not finite is left out.
  public var y: [Double]
  /// The class of each point, counted from 0, as far as it goes; others have the first colour.
  public var labels: [Int]
  /// What the legend calls the classes; their numbers where a name is missing.
  public var classNames: [String]
  /// The heading.
  public var title: String?
  /// What lies along the bottom.
  public var xLabel: String?
  /// What lies along the left side.
  public var yLabel: String?
  /// Columns of the picture, at least 200.
  public var width = 820
  /// Rows of the picture, at least 160.
  public var height = 820

  /// Makes a plot of points (`x[i]`, `y[i]`), of the classes `labels[i]`.
  public init(
    x: [Double], y: [Double], labels: [Int] = [], classNames: [String] = [], title: String? = nil,
    xLabel: String? = nil, yLabel: String? = nil
  ) {
    self.x = x
    self.y = y
    self.labels = labels
    self.classNames = classNames
    self.title = title
    self.xLabel = xLabel
    self.yLabel = yLabel
  }

  /// Draws the plot, in colour.
  public func rendered() -> Image {
    let shown = zip(x, y).enumerated().filter {
      Axis.canShow($1.0) && Axis.canShow($1.1)
    }
    // Shown larger or smaller as there are few or many, so that density can be seen.
    let (radius, opacity): (Float, Float) =
      switch shown.count {
      case ...300: (4, 0.85)
      case ...3000: (2.8, 0.7)
      default: (1.8, 0.5)
      }
    let classes = Set(shown.compactMap { $0.offset < labels.count ? labels[$0.offset] : nil })
    var frame = PlotFrame(
      height: height, width: width, title: title, xLabel: xLabel, yLabel: yLabel,
      keys: classes.sorted().map {
        let name = classNames.indices.contains($0) ? classNames[$0] : "\($0)"
        return Legend.Key(name: name, color: Palette.color($0), isLine: false)
      },
      horizontal: Axis(spanning: shown.map { $0.element.0 }, padding: 0.04),
      vertical: Axis(spanning: shown.map { $0.element.1 }, padding: 0.04))
    if shown.isEmpty { frame.note("nothing to show yet") }
    for (index, (x, y)) in shown {
      let color = Palette.color(index < labels.count ? labels[index] : 0)
      frame.canvas.disc(frame.point(x, y), radius: radius, color, opacity: opacity)
    }
    return frame.canvas.image
  }
}
