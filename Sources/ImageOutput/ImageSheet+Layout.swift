extension ImageSheet {
  /// Where everything lies on a sheet, in pixels.
  public struct Layout: Sendable, Hashable {
    /// Rows of the whole picture.
    public internal(set) var height = 0
    /// Columns of the whole picture.
    public internal(set) var width = 0
    /// How many times a pixel of an image is repeated along both axes.
    public internal(set) var scale = 1
    /// The place reserved for each image, row by row: all are equally large.
    public internal(set) var slots: [[Rectangle]] = []
    /// Where each image itself lies, in the middle of its slot; of no size where there is none.
    public internal(set) var frames: [[Rectangle]] = []

    var rowLabelWidth = 0
    var columnStep = 0

    static let labelGap = 10
    static let captionBaseline = 16
    static let captionHeight = 26
    static let widestRowLabel: Float = 180

    /// The width that a column's label may take: up to the next label on either side.
    func room(for index: Int, of labels: [String]) -> Int {
      let before = labels[..<index].lastIndex { !$0.isEmpty }.map { index - $0 }
      let after = labels[(index + 1)...].firstIndex { !$0.isEmpty }.map { $0 - index }
      let distance = min(before ?? .max, after ?? .max)
      return distance == .max ? width : distance * columnStep - 4
    }
  }

  /// Where everything lies.
  public var layout: Layout {
    let images = rows.joined().compactMap(\.image)
    let imageHeight = max(1, images.map(\.height).max() ?? 1)
    let imageWidth = max(1, images.map(\.width).max() ?? 1)
    let columns = rows.map(\.count).max() ?? 0

    var layout = Layout()
    layout.scale =
      scale.map { max(1, $0) }
      ?? Self.naturalScale(side: max(imageHeight, imageWidth), width: imageWidth, columns: columns)
    let (slotHeight, slotWidth) = (imageHeight * layout.scale, imageWidth * layout.scale)
    layout.columnStep = slotWidth + gap
    layout.rowLabelWidth = Int(
      min(Layout.widestRowLabel, rowLabels.map { Typeface.width(of: $0) }.max() ?? 0).rounded(.up))

    let left =
      Theme.margin + (rowAxis == nil ? 0 : Theme.lineHeight)
      + (layout.rowLabelWidth == 0 ? 0 : layout.rowLabelWidth + Layout.labelGap)
    let labelHeight = columnLabels.allSatisfy(\.isEmpty) ? 0 : Theme.lineHeight
    var y =
      Theme.margin + Theme.headingHeight(title: title, subtitle: subtitle)
      + (columnAxis == nil ? labelHeight : 0)
    for (index, row) in rows.enumerated() {
      if index > 0 {
        let startsGroup = rowsPerGroup > 0 && index.isMultiple(of: rowsPerGroup)
        y += gap + (startsGroup ? 14 : 0)
      }
      let slots = row.indices.map {
        Rectangle(
          x: left + $0 * layout.columnStep, y: y, width: slotWidth, height: slotHeight)
      }
      layout.slots.append(slots)
      layout.frames.append(
        zip(row, slots).map { Self.centered($0.image, in: $1, scale: layout.scale) })
      y += slotHeight
      if row.contains(where: { $0.caption != nil }) { y += Layout.captionHeight }
    }
    let drawn = columns == 0 ? 0 : columns * layout.columnStep - gap
    layout.width = max(left + drawn + Theme.margin, Self.narrowest(title: title))
    layout.height =
      y + (columnAxis == nil ? 0 : labelHeight + Theme.lineHeight + 6) + Theme.margin
    return layout
  }

  /// About 84 pixels for the longer side of an image, and no sheet wider than 1600 for it.
  private static func naturalScale(side: Int, width: Int, columns: Int) -> Int {
    let wished = Int((84 / Double(side)).rounded())
    return max(1, min(wished, 1600 / (width * max(1, columns))))
  }

  private static func centered(_ image: Image?, in slot: Rectangle, scale: Int) -> Rectangle {
    let (height, width) = ((image?.height ?? 0) * scale, (image?.width ?? 0) * scale)
    return Rectangle(
      x: slot.x + (slot.width - width) / 2, y: slot.y + (slot.height - height) / 2, width: width,
      height: height)
  }

  /// A title is shown whole on a narrow sheet, if it is not very long.
  private static func narrowest(title: String?) -> Int {
    let width = title.map { Typeface.width(of: $0, scale: Theme.titleScale) } ?? 0
    return 2 * Theme.margin + Int(min(480, width + 4).rounded(.up))
  }
}
