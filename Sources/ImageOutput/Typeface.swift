/// Lines of text as strokes, ready to draw.
///
/// `scale` is 1 for the natural size, whose capitals are 10 pixels high.
enum Typeface {
  static let ellipsis: Character = "…"

  /// The width of a line of text, in pixels.
  static func width(of text: some StringProtocol, scale: Float = 1) -> Float {
    guard !text.isEmpty else { return 0 }
    let widths = text.reduce(Float(0)) { $0 + glyph($1).width + Glyphs.spacing }
    return (widths - Glyphs.spacing) * scale
  }

  /// The text, or as much of its beginning as fits `width` with an ellipsis after it.
  static func fitted(_ text: String, width: Float, scale: Float = 1) -> String {
    guard self.width(of: text, scale: scale) > width else { return text }
    var kept = Substring(text)
    while !kept.isEmpty {
      kept = kept.dropLast()
      while kept.last == " " { kept = kept.dropLast() }
      let short = String(kept) + String(ellipsis)
      if self.width(of: short, scale: scale) <= width { return short }
    }
    return ""
  }

  /// The strokes of a line of text whose baseline starts at `origin`.
  static func strokes(of text: String, origin: Point, scale: Float) -> [[Point]] {
    var strokes: [[Point]] = []
    var left = origin.x
    for character in text {
      let glyph = glyph(character)
      for stroke in glyph.strokes.split(separator: "|") {
        strokes.append(
          outline(stroke).map { Point(left + $0.x * scale, origin.y - $0.y * scale) })
      }
      left += (glyph.width + Glyphs.spacing) * scale
    }
    return strokes
  }

  private static func glyph(_ character: Character) -> (width: Float, strokes: String) {
    Glyphs.drawings[character] ?? Glyphs.missing
  }

  /// The polyline of one stroke, in units of the typeface with y upwards.
  static func outline(_ stroke: Substring) -> [Point] {
    var points: [(at: Point, bends: Bool)] = []
    var isClosed = false
    for word in stroke.split(separator: " ") {
      if word == "o" { isClosed = true }
      let bends = word.first == "~"
      let parts = word.drop { $0 == "~" }.split(separator: ",")
      guard parts.count == 2, let x = Float(parts[0]), let y = Float(parts[1]) else { continue }
      // Between two bends the curve passes through their middle.
      if let last = points.last, last.bends && bends {
        points.append((at: last.at.middle(Point(x, y)), bends: false))
      }
      points.append((at: Point(x, y), bends: bends))
    }
    if isClosed, let first = points.first, let last = points.last {
      let seam = first.at.middle(last.at)
      points.insert((at: seam, bends: false), at: 0)
      points.append((at: seam, bends: false))
    }
    var line: [Point] = []
    for (index, point) in points.enumerated() {
      guard point.bends, let start = line.last, index + 1 < points.count else {
        line.append(point.at)
        continue
      }
      let (end, pieces) = (points[index + 1].at, 6)
      for piece in 1..<pieces {
        let t = Float(piece) / Float(pieces)
        line.append(start.middle(point.at, t).middle(point.at.middle(end, t), t))
      }
    }
    return line
  }
}

/// A place on a canvas: x to the right, y downwards, whole numbers at the centres of pixels.
struct Point: Sendable, Hashable {
  var x: Float
  var y: Float

  init(_ x: Float, _ y: Float) {
    self.x = x
    self.y = y
  }

  /// The point a part `t` of the way to another.
  func middle(_ other: Point, _ t: Float = 0.5) -> Point {
    Point(x + (other.x - x) * t, y + (other.y - y) * t)
  }
}
