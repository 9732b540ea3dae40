extension Canvas {
  /// Which part of a line of text lies at the given x.
  enum Alignment {
    case left, center, right
  }

  /// The thickness of strokes at the natural size, in pixels.
  private static let weight: Float = 1.35

  /// Draws a line of text whose baseline is at `y`.
  mutating func text(
    _ text: String, x: Float, y: Float, _ color: Color, scale: Float = 1,
    align: Alignment = .left, isBold: Bool = false
  ) {
    let width = Typeface.width(of: text, scale: scale)
    // Stems at whole pixels are crisp.
    let left =
      switch align {
      case .left: x.rounded()
      case .center: (x - width / 2).rounded()
      case .right: (x - width).rounded()
      }
    let strokes = Typeface.strokes(of: text, origin: Point(left, y.rounded()), scale: scale)
    stroke(strokes, width: Self.weight * scale * (isBold ? 1.4 : 1), color)
  }

  /// Draws a line of text that reads upwards, its baseline at `x` and its middle at `y`.
  mutating func textUpwards(_ text: String, x: Float, y: Float, _ color: Color, scale: Float = 1) {
    let start = (y + Typeface.width(of: text, scale: scale) / 2).rounded()
    let strokes = Typeface.strokes(of: text, origin: Point(0, 0), scale: scale)
    stroke(
      strokes.map { $0.map { Point(x.rounded() + $0.y, start - $0.x) } },
      width: Self.weight * scale, color)
  }
}
