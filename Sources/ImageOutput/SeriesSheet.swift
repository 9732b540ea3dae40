/// Small plots of series beside one another, all of one scale.
///
/// Every feature has a band of its own, with the same range in all panels. Make a sheet with
/// ``contact(_:featureCount:columns:captions:title:)`` or
/// ``comparison(originals:reconstructions:featureCount:columns:title:)``, change what you like, and
/// draw it with ``rendered()``.
public struct SeriesSheet: Sendable {
  /// One small plot.
  public struct Panel: Sendable {
    /// Series laid over one another, `[time, features]` each.
    public var series: [[Float]]
    /// What stands under it.
    public var caption: String?

    /// Makes a small plot.
    public init(_ series: [[Float]], caption: String? = nil) {
      self.series = series
      self.caption = caption
    }
  }

  /// The plots, row by row.
  public var panels: [Panel]
  /// Numbers in a step of each series.
  public var featureCount: Int
  /// What the series of every panel are called; no legend where there are no names.
  public var names: [String] = []
  /// Plots in a row.
  public var columns = 4
  /// The heading.
  public var title: String?
  /// A line of small text under the heading.
  public var subtitle: String?
  /// Columns of pixels of a plot.
  public var panelWidth = 240
  /// Rows of pixels of a feature's band.
  public var bandHeight = 84

  /// The most features that are drawn; the first ones.
  private static let mostBands = 6
  private static let gap = 14
  private static let tickGap = 8

  /// Makes a sheet of plots.
  public init(_ panels: [Panel], featureCount: Int, title: String? = nil) {
    precondition(
      featureCount > 0
        && panels.allSatisfy { $0.series.allSatisfy { $0.count.isMultiple(of: featureCount) } },
      "every series is [time, \(featureCount)]")
    self.panels = panels
    self.featureCount = featureCount
    self.title = title
  }

  /// Series one after the other, each with its caption if it has one.
  public static func contact(
    _ series: [[Float]], featureCount: Int, columns: Int = 4, captions: [String] = [],
    title: String? = nil
  ) -> SeriesSheet {
    let panels = series.enumerated().map { index, series in
      Panel([series], caption: index < captions.count ? captions[index] : nil)
    }
    var sheet = SeriesSheet(panels, featureCount: featureCount, title: title)
    sheet.columns = columns
    return sheet
  }

  /// Originals with what the model made of each laid over it.
  public static func comparison(
    originals: [[Float]], reconstructions: [[Float]], featureCount: Int, columns: Int = 4,
    title: String? = nil
  ) -> SeriesSheet {
    let panels = zip(originals, reconstructions).map { Panel([$0, $1]) }
    var sheet = SeriesSheet(panels, featureCount: featureCount, title: title)
    sheet.columns = columns
    sheet.names = ["original", "reconstruction"]
    return sheet
  }

  /// Draws the sheet, in colour.
  public func rendered() -> Image {
    let bands = min(featureCount, Self.mostBands)
    let vertical = (0..<bands).map { feature in
      Axis(spanning: values(of: feature), padding: 0.08, wishedTicks: 2)
    }
    let labels = vertical.flatMap { axis in axis.ticks.map { Typeface.width(of: axis.label($0)) } }
    let left = Theme.margin + Int((labels.max() ?? 0).rounded(.up)) + Self.tickGap
    let columns = max(1, min(self.columns, panels.count))
    let rows = (panels.count + columns - 1) / columns
    let width =
      left + columns * (panelWidth + Self.gap) - Self.gap + Theme.margin
    let legend = Legend(
      names.enumerated().map { .init(name: $1, color: Palette.color($0), isLine: true) },
      width: width - 2 * Theme.margin)
    let heading = Theme.headingHeight(title: title, subtitle: subtitle)
    let top = Theme.margin + heading + legend.height + (legend.lines.isEmpty ? 0 : Self.gap)
    let hasCaptions = panels.contains { $0.caption != nil }
    let panelHeight = bands * bandHeight
    let rowHeight =
      panelHeight + Self.gap + (hasCaptions ? ImageSheet.Layout.captionHeight - Self.gap / 2 : 0)
    var canvas = Canvas(
      height: top + rows * rowHeight - Self.gap + Theme.margin, width: width,
      color: Theme.background)
    Theme.drawHeading(
      title: title, subtitle: subtitle, on: &canvas,
      in: Rectangle(
        x: Theme.margin, y: Theme.margin, width: width - 2 * Theme.margin, height: heading))
    legend.draw(on: &canvas, left: Theme.margin, top: Theme.margin + heading)

    for (index, panel) in panels.enumerated() {
      let area = Rectangle(
        x: left + index % columns * (panelWidth + Self.gap),
        y: top + index / columns * rowHeight, width: panelWidth, height: panelHeight)
      for (feature, axis) in vertical.enumerated() {
        let band = Rectangle(
          x: area.x, y: area.y + feature * bandHeight, width: area.width, height: bandHeight)
        draw(panel, feature, axis, hasTicks: index % columns == 0, in: band, on: &canvas)
      }
      canvas.frame(area, Theme.line)
      guard let caption = panel.caption else { continue }
      canvas.text(
        Typeface.fitted(caption, width: Float(area.width)), x: Float(area.x + area.maxX) / 2,
        y: Float(area.maxY + ImageSheet.Layout.captionBaseline), Theme.muted, align: .center)
    }
    return canvas.image
  }

  private func values(of feature: Int) -> [Double] {
    panels.flatMap(\.series).flatMap { series in
      stride(from: feature, to: series.count, by: featureCount).map { Double(series[$0]) }
    }
  }

  /// Steps of the longest series, which fills the width.
  private var longest: Int {
    (panels.flatMap(\.series).map(\.count).max() ?? 0) / featureCount
  }

  private func draw(
    _ panel: Panel, _ feature: Int, _ axis: Axis, hasTicks: Bool, in band: Rectangle,
    on canvas: inout Canvas
  ) {
    func height(_ value: Double) -> Float {
      Float(band.maxY - 1) - Float(axis.position(value)) * Float(band.height - 1)
    }
    if feature > 0 {
      canvas.fill(Rectangle(x: band.x, y: band.y, width: band.width, height: 1), Theme.line)
    }
    for tick in axis.ticks {
      let y = Int(height(tick).rounded())
      canvas.fill(Rectangle(x: band.x, y: y, width: band.width, height: 1), Theme.faintLine)
      guard hasTicks else { continue }
      canvas.text(
        axis.label(tick), x: Float(band.x - Self.tickGap), y: Float(y) + Glyphs.capHeight / 2,
        Theme.muted, align: .right)
    }
    let step = Float(band.width - 1) / Float(max(1, longest - 1))
    for (index, series) in panel.series.enumerated() {
      let values = stride(from: feature, to: series.count, by: featureCount).map {
        Double(series[$0])
      }
      let lines = LinePlot.Series("", x: values.indices.map(Double.init), y: values).stretches.map {
        $0.map { Point(Float(band.x) + Float($0.x) * step, height($0.y)) }
      }
      // The first lies under the others, and is seen beside them.
      let isUnder = index == 0 && panel.series.count > 1
      canvas.stroke(
        lines, width: isUnder ? 2.6 : 1.6, Palette.color(index), opacity: isUnder ? 0.45 : 1,
        within: band)
    }
  }
}
