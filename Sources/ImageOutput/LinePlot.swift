/// Curves over a common axis, such as losses over epochs.
public struct LinePlot: Sendable {
  /// One curve.
  public struct Series: Sendable {
    /// What the legend calls it.
    public var name: String
    /// Where its points lie from left to right.
    public var x: [Double]
    /// How high they lie; a value that is not finite leaves a gap.
    public var y: [Double]

    /// Makes a curve of points (`x[i]`, `y[i]`); the longer of the two is cut.
    public init(_ name: String, x: [Double], y: [Double]) {
      self.name = name
      self.x = x
      self.y = y
    }

    /// Makes a curve of values at 1, 2, 3 and so on, as epochs are counted.
    public init(_ name: String, _ y: [Double]) {
      self.init(name, x: y.indices.map { Double($0 + 1) }, y: y)
    }

    /// The stretches without a gap.
    var stretches: [[(x: Double, y: Double)]] {
      var result: [[(x: Double, y: Double)]] = [[]]
      for (x, y) in zip(x, y) {
        if Axis.canShow(x) && Axis.canShow(y) {
          result[result.count - 1].append((x, y))
        } else if result.last?.isEmpty == false {
          result.append([])
        }
      }
      return result.filter { !$0.isEmpty }
    }
  }

  /// The curves, drawn in this order.
  public var series: [Series]
  /// The heading.
  public var title: String?
  /// What lies along the bottom.
  public var xLabel: String?
  /// What lies along the left side.
  public var yLabel: String?
  /// Columns of the picture, at least 200.
  public var width = 920
  /// Rows of the picture, at least 160.
  public var height = 540

  /// Makes a plot of curves.
  public init(
    _ series: [Series], title: String? = nil, xLabel: String? = nil, yLabel: String? = nil
  ) {
    self.series = series
    self.title = title
    self.xLabel = xLabel
    self.yLabel = yLabel
  }

  /// Draws the plot, in colour.
  ///
  /// A curve of very many points, such as the loss of every step, is drawn faintly, with the means
  /// of neighbouring points over it.
  public func rendered() -> Image {
    let stretches = series.map(\.stretches)
    let points = stretches.joined().joined()
    var frame = PlotFrame(
      height: height, width: width, title: title, xLabel: xLabel, yLabel: yLabel,
      keys: series.enumerated().map {
        Legend.Key(name: $1.name, color: Palette.color($0), isLine: true)
      },
      horizontal: Axis(
        spanning: points.map(\.x), padding: 0.015, wishedTicks: 8, countsThings: true),
      vertical: Axis(spanning: points.map(\.y), padding: 0.06, wishedTicks: 6))
    if points.isEmpty { frame.note("nothing to show yet") }
    for (index, stretches) in stretches.enumerated() {
      draw(stretches.map { $0.map { frame.point($0.x, $0.y) } }, Palette.color(index), on: &frame)
    }
    return frame.canvas.image
  }

  private func draw(_ lines: [[Point]], _ color: Color, on frame: inout PlotFrame) {
    let count = lines.reduce(0) { $0 + $1.count }
    let isDense = count > 2 * frame.area.width
    let clip = frame.area.grown(by: 3)
    if isDense {
      frame.canvas.stroke(lines, width: 1, color, opacity: 0.25, within: clip)
      let means = lines.map { Self.means(of: $0, each: 1 + count / 150) }
      frame.canvas.stroke(means, width: 2.4, color, within: clip)
    } else {
      frame.canvas.stroke(lines, width: 2.2, color, within: clip)
    }
    // A point with gaps on both sides would be lost; few points are worth marking all.
    for line in lines where count <= 30 || line.count == 1 {
      for point in line { frame.canvas.disc(point, radius: 3.4, color) }
    }
  }

  /// The means of `count` neighbouring points after `count`.
  private static func means(of points: [Point], each count: Int) -> [Point] {
    stride(from: 0, to: points.count, by: count).map { start in
      let part = points[start..<min(start + count, points.count)]
      let sum = part.reduce(into: Point(0, 0)) {
        $0.x += $1.x
        $0.y += $1.y
      }
      return Point(sum.x / Float(part.count), sum.y / Float(part.count))
    }
  }
}
