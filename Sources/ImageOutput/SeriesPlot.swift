/// A long series in rows one under the other, each with a score of its stretches under it.
public struct SeriesPlot: Sendable {
  /// The score of a stretch of the series.
  public struct Score: Sendable {
    /// The places in the series the score belongs to.
    public var range: Range<Int>
    /// How strange the stretch is, say; one that is not finite is left out.
    public var value: Double

    /// Gives the places in `range` a score.
    public init(_ range: Range<Int>, _ value: Double) {
      self.range = range
      self.value = value
    }
  }

  /// The series; a value that is not finite leaves a gap.
  public var values: [Double]
  /// The scores, in the order of their places.
  public var scores: [Score]
  /// The score above which a stretch stands out: a line across, and its stretches in red.
  public var threshold: Double?
  /// Places to mark behind the series, such as known anomalies.
  public var marked: [Range<Int>]
  /// Into how many rows the series is divided.
  public var rowCount: Int
  /// The heading.
  public var title: String?
  /// A line under the heading.
  public var subtitle: String?
  /// Columns of the picture, at least 200.
  public var width = 1200
  /// The height of a row in pixels, at least 60.
  public var rowHeight = 150

  /// Makes a plot of a series in `rowCount` rows.
  public init(
    _ values: [Double], scores: [Score] = [], threshold: Double? = nil, marked: [Range<Int>] = [],
    rowCount: Int = 4, title: String? = nil, subtitle: String? = nil
  ) {
    self.values = values
    self.scores = scores
    self.threshold = threshold
    self.marked = marked
    self.rowCount = rowCount
    self.title = title
    self.subtitle = subtitle
  }

  private static let gap = 10

  /// Draws the series, in colour.
  public func rendered() -> Image {
    let rows = max(1, min(rowCount, max(1, values.count)))
    let (rowHeight, width) = (max(60, rowHeight), max(200, width))
    let top = Theme.margin + Theme.headingHeight(title: title, subtitle: subtitle)
    let perRow = max(1, (values.count + rows - 1) / rows)
    let step = rowHeight + Theme.lineHeight + Self.gap
    var canvas = Canvas(
      height: top + rows * step - Self.gap + Theme.margin, width: width, color: Theme.background)
    Theme.drawHeading(
      title: title, subtitle: subtitle, on: &canvas,
      in: Rectangle(x: Theme.margin, y: Theme.margin, width: width - 2 * Theme.margin, height: top))
    let axes = (
      values: Axis(spanning: values, padding: 0.06, wishedTicks: 3),
      scores: Axis(
        spanning: scores.map(\.value) + (threshold.map { [$0] } ?? []), padding: 0.1,
        wishedTicks: 2)
    )
    let ticks = (axes.values.ticks.map(axes.values.label) + scoreTicks(axes.scores))
      .map { Typeface.width(of: $0) }
    let left = Theme.margin + Int((ticks.max() ?? 0).rounded(.up)) + 8
    for row in 0..<rows {
      let part = (row * perRow)..<min((row + 1) * perRow, max(values.count, row * perRow))
      let area = Rectangle(
        x: left, y: top + row * step, width: width - Theme.margin - left, height: rowHeight)
      // The last row may hold less than the others; its scale is theirs.
      let line = RowOfSeries(area: area, part: part, length: perRow, hasScores: !scores.isEmpty)
      draw(line, axes.values, axes.scores, on: &canvas)
    }
    return canvas.image
  }

  private func scoreTicks(_ axis: Axis) -> [String] {
    scores.isEmpty ? [] : axis.ticks.map(axis.label)
  }

  private func draw(
    _ row: RowOfSeries, _ valueAxis: Axis, _ scoreAxis: Axis, on canvas: inout Canvas
  ) {
    // Ranges may overlap; what they cover is marked once.
    for x in Set(marked.flatMap { row.columns(of: $0) }).sorted() {
      canvas.fill(
        Rectangle(x: x, y: row.area.y, width: 1, height: row.area.height), Palette.color(2),
        opacity: 0.35)
    }
    grid(row.upper, valueAxis, on: &canvas)
    canvas.stroke(row.lines(of: values, valueAxis), width: 1.2, Palette.color(0), within: row.upper)
    if row.hasScores {
      grid(row.lower, scoreAxis, on: &canvas)
      drawScores(row, scoreAxis, on: &canvas)
    }
    let label = Float(row.area.maxY) + Glyphs.capHeight + 5
    canvas.text("\(row.part.lowerBound)", x: Float(row.area.x), y: label, Theme.muted)
    canvas.text(
      "\(row.part.upperBound)", x: row.x(row.part.upperBound), y: label, Theme.muted, align: .right)
  }

  private func drawScores(_ row: RowOfSeries, _ axis: Axis, on canvas: inout Canvas) {
    // Where stretches overlap, the highest score shows.
    var highest: [Int: Double] = [:]
    for score in scores where Axis.canShow(score.value) {
      for x in row.columns(of: score.range) {
        highest[x] = max(highest[x] ?? -.infinity, score.value)
      }
    }
    for (x, score) in highest.sorted(by: { $0.key < $1.key }) {
      let y = Int(row.lower.height(of: score, axis).rounded())
      let isStrange = threshold.map { score > $0 } ?? false
      canvas.fill(
        Rectangle(x: x, y: y, width: 1, height: row.lower.maxY - y),
        Palette.color(isStrange ? 1 : 3), opacity: isStrange ? 0.95 : 0.55)
    }
    if let threshold, Axis.canShow(threshold) {
      let y = Int(row.lower.height(of: threshold, axis).rounded())
      canvas.fill(
        Rectangle(x: row.lower.x, y: y, width: row.lower.width, height: 1), Theme.ink, opacity: 0.6)
    }
  }

  private func grid(_ area: Rectangle, _ axis: Axis, on canvas: inout Canvas) {
    var free = Float.infinity
    for tick in axis.ticks {
      let y = area.height(of: tick, axis).rounded()
      canvas.fill(Rectangle(x: area.x, y: Int(y), width: area.width, height: 1), Theme.faintLine)
      guard y < free - Glyphs.capHeight - 4 else { continue }
      free = y
      canvas.text(
        axis.label(tick), x: Float(area.x - 8), y: y + Glyphs.capHeight / 2, Theme.muted,
        align: .right)
    }
    canvas.fill(Rectangle(x: area.x, y: area.y, width: 1, height: area.height), Theme.line)
    canvas.fill(Rectangle(x: area.x, y: area.maxY - 1, width: area.width, height: 1), Theme.line)
  }
}

extension Rectangle {
  /// The row of pixels where a value lies, up from the bottom.
  fileprivate func height(of value: Double, _ axis: Axis) -> Float {
    Float(maxY - 1) - Float(axis.position(value)) * Float(height - 1)
  }
}

/// One row of a long series: where it is drawn, and which places it shows.
private struct RowOfSeries {
  let area: Rectangle
  let part: Range<Int>
  /// The places that the whole width stands for.
  let length: Int
  let hasScores: Bool

  /// Where the series is drawn, and under it the score.
  var upper: Rectangle {
    Rectangle(
      x: area.x, y: area.y, width: area.width, height: hasScores ? area.height * 2 / 3 : area.height
    )
  }
  var lower: Rectangle {
    let y = upper.maxY + 6
    return Rectangle(x: area.x, y: y, width: area.width, height: area.maxY - y)
  }

  func x(_ place: Int) -> Float {
    Float(area.x) + Float(place - part.lowerBound) * Float(area.width - 1) / Float(length)
  }

  /// The columns that a range covers in this row, at least one where it is in it at all.
  func columns(of range: Range<Int>) -> Range<Int> {
    let shown = range.clamped(to: part)
    guard !shown.isEmpty else { return area.x..<area.x }
    let first = Int(x(shown.lowerBound).rounded())
    return first..<max(first + 1, Int(x(shown.upperBound).rounded()))
  }

  /// The series as lines; where a column holds many values, only its least and greatest.
  func lines(of values: [Double], _ axis: Axis) -> [[Point]] {
    let perColumn = max(1, length / max(1, area.width))
    var lines: [[Point]] = [[]]
    for start in stride(from: part.lowerBound, to: part.upperBound, by: perColumn) {
      let places = start..<min(start + perColumn, part.upperBound)
      let shown = places.filter { Axis.canShow(values[$0]) }
      guard let least = shown.min(by: { values[$0] < values[$1] }),
        let greatest = shown.max(by: { values[$0] < values[$1] })
      else {
        lines.append([])
        continue
      }
      for place in Set([least, greatest]).sorted() {
        lines[lines.count - 1].append(Point(x(place), upper.height(of: values[place], axis)))
      }
    }
    return lines.filter { !$0.isEmpty }
  }
}
