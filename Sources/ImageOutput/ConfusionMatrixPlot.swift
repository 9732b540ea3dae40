/// How often examples of each class were given each class, as a table of shades.
///
/// The shade of a cell is its share of the row: the darker the diagonal, the better. Numbers stand
/// where they fit: counts and, in larger cells, shares in percent.
public struct ConfusionMatrixPlot: Sendable {
  /// Examples by true class (row) and given class (column).
  public var counts: [[Int]]
  /// What the classes are called; their numbers where a name is missing.
  public var classNames: [String]
  /// The heading.
  public var title: String?
  /// A line under the heading.
  public var subtitle: String?

  /// Makes a plot of a square table of counts.
  public init(
    _ counts: [[Int]], classNames: [String] = [], title: String? = nil, subtitle: String? = nil
  ) {
    self.counts = counts
    self.classNames = classNames
    self.title = title
    self.subtitle = subtitle
  }

  /// The side of a cell in pixels: large where there are few classes.
  private var side: Int {
    switch counts.count {
    case ...5: 84
    case ...10: 62
    case ...20: 40
    case ...40: 24
    default: max(5, 900 / counts.count)
    }
  }

  private static let longestName: Float = 190
  private static let gap = 8

  /// Draws the table, in colour.
  public func rendered() -> Image {
    let side = side
    let names = counts.indices.map { index in
      Typeface.fitted(
        classNames.indices.contains(index) ? classNames[index] : "\(index)",
        width: Self.longestName)
    }
    let nameWidth = Int((names.map { Typeface.width(of: $0) }.max() ?? 0).rounded(.up))
    let extent = max(1, counts.count) * side
    // Names of columns lie flat where all fit their cells, and stand upright otherwise.
    let areFlat = nameWidth + 4 <= side
    let (left, top) = (
      Theme.margin + Theme.lineHeight + nameWidth + Self.gap,
      Theme.margin + Theme.headingHeight(title: title, subtitle: subtitle)
    )
    let bottom = Self.gap + (areFlat ? Int(Glyphs.capHeight) : nameWidth) + Theme.lineHeight + 4
    let width = max(left + extent, 360) + Theme.margin
    var canvas = Canvas(
      height: top + extent + bottom + Theme.margin, width: width, color: Theme.background)
    Theme.drawHeading(
      title: title, subtitle: subtitle, on: &canvas,
      in: Rectangle(
        x: Theme.margin, y: Theme.margin, width: width - 2 * Theme.margin, height: top))

    let area = Rectangle(x: left, y: top, width: extent, height: extent)
    for row in counts.indices { drawCells(of: row, side: side, in: area, on: &canvas) }
    canvas.frame(area, Theme.line)
    drawNames(names, areFlat: areFlat, side: side, around: area, on: &canvas)
    canvas.textUpwards(
      "true class", x: Float(Theme.margin) + Glyphs.capHeight, y: Float(top + extent / 2),
      Theme.muted)
    canvas.text(
      "given class", x: Float(left + extent / 2),
      y: Float(canvas.height - Theme.margin) - Glyphs.descent, Theme.muted, align: .center)
    return canvas.image
  }

  private func drawCells(
    of row: Int, side: Int, in area: Rectangle, on canvas: inout Canvas
  ) {
    let total = counts[row].reduce(0, +)
    // A line between the cells where they are large enough to spare a pixel.
    let line = side >= 12 ? 1 : 0
    for (column, count) in counts[row].enumerated() where count > 0 {
      let share = Float(count) / Float(total)
      let cell = Rectangle(
        x: area.x + column * side, y: area.y + row * side, width: side - line, height: side - line)
      let color = row == column ? Palette.color(0) : Palette.color(1)
      // The root makes rare mistakes visible beside frequent ones.
      canvas.fill(cell, color, opacity: 0.04 + 0.86 * share.squareRoot())
      let ink = share.squareRoot() > 0.55 ? Color.white : Theme.ink
      write("\(count)", share: share, in: cell, ink, on: &canvas)
    }
  }

  /// Writes the count, and under it the share of the row, as far as there is room.
  private func write(
    _ count: String, share: Float, in cell: Rectangle, _ ink: Color, on canvas: inout Canvas
  ) {
    let room = Float(cell.width - 6)
    guard Typeface.width(of: count) <= room, Float(cell.height) > Glyphs.capHeight + 6 else {
      return
    }
    let middle = (
      x: Float(cell.x) + Float(cell.width) / 2, y: Float(cell.y) + Float(cell.height) / 2
    )
    let percent = decimal(Double(share) * 100, digits: share < 0.0995 ? 1 : 0) + " %"
    let hasPercent =
      Typeface.width(of: percent, scale: 0.8) <= room && Float(cell.height) > 3.6 * Glyphs.capHeight
    let baseline = middle.y + (hasPercent ? -3 : Glyphs.capHeight / 2)
    canvas.text(count, x: middle.x, y: baseline, ink, align: .center)
    if hasPercent {
      canvas.text(
        percent, x: middle.x, y: middle.y + 5 + Glyphs.capHeight, ink, scale: 0.8, align: .center)
    }
  }

  /// Writes the classes' names along both sides, leaving out those that would touch.
  private func drawNames(
    _ names: [String], areFlat: Bool, side: Int, around area: Rectangle, on canvas: inout Canvas
  ) {
    let every = (Int(Glyphs.capHeight) + 4 + side - 1) / side
    for (index, name) in names.enumerated() where index.isMultiple(of: every) {
      let middle = Float(index * side) + Float(side - 1) / 2
      canvas.text(
        name, x: Float(area.x - Self.gap), y: Float(area.y) + middle + Glyphs.capHeight / 2,
        Theme.ink, align: .right)
      let x = Float(area.x) + middle
      if areFlat {
        canvas.text(
          name, x: x, y: Float(area.maxY + Self.gap) + Glyphs.capHeight, Theme.ink, align: .center)
      } else {
        let y = Float(area.maxY + Self.gap) + Typeface.width(of: name) / 2
        canvas.textUpwards(name, x: x + Glyphs.capHeight / 2, y: y, Theme.ink)
      }
    }
  }
}
