/// The colours and measures that sheets and plots share.
enum Theme {
  static let background = Color(hex: 0xFBFBFA)
  static let ink = Color(hex: 0x1F2933)
  static let muted = Color(hex: 0x66717D)
  static let line = Color(hex: 0xC9CED4)
  static let faintLine = Color(hex: 0xE9EBEE)

  /// Pixels between the edge of a picture and what is drawn.
  static let margin = 28
  /// The size of titles, beside the natural size of text.
  static let titleScale: Float = 1.5
  /// The height that a title and the space under it take.
  static let titleHeight = 36
  /// The height that a line under a title takes.
  static let subtitleHeight = 24
  /// From the baseline of one line of small text to the next.
  static let lineHeight = 20

  /// Draws a title and a line under it in `area`'s first lines, as wide as it is.
  ///
  /// Returns the height they took.
  static func drawHeading(
    title: String?, subtitle: String?, on canvas: inout Canvas, in area: Rectangle
  ) {
    var top = area.y
    if let title {
      let shown = Typeface.fitted(title, width: Float(area.width), scale: titleScale)
      canvas.text(
        shown, x: Float(area.x), y: Float(top) + Glyphs.capHeight * titleScale, ink,
        scale: titleScale, isBold: true)
      top += titleHeight
    }
    if let subtitle {
      let shown = Typeface.fitted(subtitle, width: Float(area.width))
      canvas.text(shown, x: Float(area.x), y: Float(top) + Glyphs.capHeight, muted)
    }
  }

  /// The height of a heading.
  static func headingHeight(title: String?, subtitle: String?) -> Int {
    (title == nil ? 0 : titleHeight) + (subtitle == nil ? 0 : subtitleHeight)
  }
}
