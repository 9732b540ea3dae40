/// The page of a plot: heading, legend, axes with their grid, and the area for the data.
struct PlotFrame {
  var canvas: Canvas
  /// Where the data is drawn.
  let area: Rectangle
  let horizontal: Axis
  let vertical: Axis

  private static let tickGap = 8
  private static let legendGap = 12

  /// Draws everything but the data.
  init(
    height: Int, width: Int, title: String?, xLabel: String?, yLabel: String?, keys: [Legend.Key],
    horizontal: Axis, vertical: Axis
  ) {
    let (height, width) = (max(160, height), max(200, width))
    canvas = Canvas(height: height, width: width, color: Theme.background)
    self.horizontal = horizontal
    self.vertical = vertical
    let inner = Rectangle(
      x: Theme.margin, y: Theme.margin, width: width - 2 * Theme.margin,
      height: height - 2 * Theme.margin)

    let legend = Legend(keys, width: inner.width)
    let top =
      inner.y + Theme.headingHeight(title: title, subtitle: nil) + legend.height
      + (legend.lines.isEmpty ? 0 : Self.legendGap)
    let tickWidth = vertical.ticks.map { Typeface.width(of: vertical.label($0)) }.max() ?? 0
    let left =
      inner.x + (yLabel == nil ? 0 : Theme.lineHeight + 4) + Int(tickWidth.rounded(.up))
      + Self.tickGap
    let bottom = inner.maxY - Theme.lineHeight - (xLabel == nil ? 0 : Theme.lineHeight + 4)
    area = Rectangle(
      x: left, y: top, width: max(8, inner.maxX - left), height: max(8, bottom - top))

    Theme.drawHeading(title: title, subtitle: nil, on: &canvas, in: inner)
    legend.draw(on: &canvas, left: inner.x, top: top - Self.legendGap - legend.height)
    drawAxes()
    if let xLabel {
      canvas.text(
        Typeface.fitted(xLabel, width: Float(area.width)), x: Float(area.x + area.maxX) / 2,
        y: Float(inner.maxY) - Glyphs.descent, Theme.muted, align: .center)
    }
    if let yLabel {
      canvas.textUpwards(
        Typeface.fitted(yLabel, width: Float(area.height)),
        x: Float(inner.x) + Glyphs.capHeight, y: Float(area.y + area.maxY) / 2, Theme.muted)
    }
  }

  /// Where a pair of values lies on the canvas.
  func point(_ x: Double, _ y: Double) -> Point {
    Point(
      Float(area.x) + Float(horizontal.position(x)) * Float(area.width - 1),
      Float(area.maxY - 1) - Float(vertical.position(y)) * Float(area.height - 1))
  }

  /// Says in the middle of the area why nothing is drawn there.
  mutating func note(_ text: String) {
    canvas.text(
      text, x: Float(area.x + area.maxX) / 2,
      y: Float(area.y + area.maxY) / 2 + Glyphs.capHeight / 2, Theme.muted, align: .center)
  }

  private mutating func drawAxes() {
    for tick in vertical.ticks {
      let y = Int(point(horizontal.lower, tick).y.rounded())
      canvas.fill(Rectangle(x: area.x, y: y, width: area.width, height: 1), Theme.faintLine)
      canvas.text(
        vertical.label(tick), x: Float(area.x - Self.tickGap), y: Float(y) + Glyphs.capHeight / 2,
        Theme.muted, align: .right)
    }
    var free = -Float.infinity
    for tick in horizontal.ticks {
      let x = Int(point(tick, vertical.lower).x.rounded())
      canvas.fill(Rectangle(x: x, y: area.y, width: 1, height: area.height), Theme.faintLine)
      canvas.fill(Rectangle(x: x, y: area.maxY, width: 1, height: 4), Theme.line)
      let label = horizontal.label(tick)
      let width = Typeface.width(of: label)
      guard Float(x) - width / 2 > free else { continue }
      free = Float(x) + width / 2 + 6
      canvas.text(
        label, x: Float(x), y: Float(area.maxY + Self.tickGap) + Glyphs.capHeight, Theme.muted,
        align: .center)
    }
    canvas.fill(Rectangle(x: area.x, y: area.maxY - 1, width: area.width, height: 1), Theme.line)
    canvas.fill(Rectangle(x: area.x, y: area.y, width: 1, height: area.height), Theme.line)
  }
}
