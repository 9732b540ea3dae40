/// Images in rows and columns on a light page, with a title, labels and captions.
///
/// Make one with ``contact(_:columns:captions:title:)``,
/// ``comparison(originals:reconstructions:columns:title:)``,
/// ``traversal(_:rowLabels:columnLabels:title:)`` or ``manifold(_:across:down:title:)``, change
/// what you like, and draw it with ``rendered()``.
public struct ImageSheet: Sendable {
  /// One place of a sheet.
  public struct Cell: Sendable {
    /// What is shown; nothing leaves the place empty.
    public var image: Image?
    /// What stands under it.
    public var caption: String?

    /// Makes a place of a sheet.
    public init(_ image: Image?, caption: String? = nil) {
      self.image = image
      self.caption = caption
    }
  }

  /// The places, row by row from the top; rows may be of different lengths.
  public var rows: [[Cell]]
  /// The heading.
  public var title: String?
  /// A line of small text under the heading.
  public var subtitle: String?
  /// What stands left of each row, as far as it goes.
  public var rowLabels: [String] = []
  /// What stands above each column, as far as it goes; below it when there is a `columnAxis`.
  public var columnLabels: [String] = []
  /// The name of what changes from row to row, at the far left.
  public var rowAxis: String?
  /// The name of what changes from column to column, at the bottom.
  public var columnAxis: String?
  /// Pixels between neighbouring images.
  public var gap = 6
  /// How many rows belong together: after so many there is a wider gap; 0 for no such gaps.
  public var rowsPerGroup = 0
  /// How many times a pixel of an image is repeated along both axes; chosen by size when `nil`.
  public var scale: Int?

  /// Makes a sheet of rows of places.
  public init(rows: [[Cell]], title: String? = nil) {
    self.rows = rows
    self.title = title
  }

  /// Draws the sheet, in colour.
  public func rendered() -> Image {
    let layout = layout
    var canvas = Canvas(height: layout.height, width: layout.width, color: Theme.background)
    let heading = Rectangle(
      x: Theme.margin, y: Theme.margin, width: layout.width - 2 * Theme.margin, height: 0)
    Theme.drawHeading(title: title, subtitle: subtitle, on: &canvas, in: heading)

    for (places, frames) in zip(rows, layout.frames) {
      for (place, frame) in zip(places, frames) {
        guard let image = place.image, frame.width > 0 && frame.height > 0 else { continue }
        if gap > 1 { canvas.frame(frame, Theme.line) }
        canvas.draw(image.enlarged(by: layout.scale), x: frame.x, y: frame.y)
      }
    }
    drawCaptions(on: &canvas, layout)
    drawLabels(on: &canvas, layout)
    return canvas.image
  }

  private func drawCaptions(on canvas: inout Canvas, _ layout: Layout) {
    for (places, slots) in zip(rows, layout.slots) {
      for (place, slot) in zip(places, slots) {
        guard let caption = place.caption else { continue }
        canvas.text(
          Typeface.fitted(caption, width: Float(slot.width)),
          x: Float(slot.x) + Float(slot.width - 1) / 2,
          y: Float(slot.maxY + Layout.captionBaseline),
          Theme.muted, align: .center)
      }
    }
  }

  private func drawLabels(on canvas: inout Canvas, _ layout: Layout) {
    guard let top = layout.slots.first(where: { !$0.isEmpty })?.first?.y,
      let bottom = layout.slots.last(where: { !$0.isEmpty })?.first?.maxY
    else { return }
    for (label, slots) in zip(rowLabels, layout.slots) {
      guard let slot = slots.first else { continue }
      canvas.text(
        Typeface.fitted(label, width: Float(layout.rowLabelWidth)),
        x: Float(slot.x - Layout.labelGap),
        y: Float(slot.y) + (Float(slot.height) + Glyphs.capHeight) / 2, Theme.ink, align: .right)
    }
    let columns = layout.slots.max { $0.count < $1.count } ?? []
    let baseline =
      columnAxis == nil
      ? Float(top - Layout.labelGap) : Float(bottom + Layout.labelGap) + Glyphs.capHeight
    for (index, (label, slot)) in zip(columnLabels, columns).enumerated() where !label.isEmpty {
      canvas.text(
        Typeface.fitted(label, width: Float(layout.room(for: index, of: columnLabels))),
        x: Float(slot.x) + Float(slot.width - 1) / 2, y: baseline, Theme.ink,
        align: .center)
    }
    if let rowAxis {
      let shown = Typeface.fitted(rowAxis, width: Float(bottom - top))
      canvas.textUpwards(
        shown, x: Float(Theme.margin) + Glyphs.capHeight, y: Float(top + bottom) / 2, Theme.muted)
    }
    if let columnAxis, let first = columns.first, let last = columns.last {
      canvas.text(
        Typeface.fitted(columnAxis, width: Float(last.maxX - first.x)),
        x: Float(first.x + last.maxX) / 2, y: Float(layout.height - Theme.margin) - Glyphs.descent,
        Theme.muted, align: .center)
    }
  }
}
