/// What the curves and dots of a plot are called, beside a sample of each.
struct Legend {
  /// One entry.
  struct Key {
    var name: String
    var color: Color
    var isLine: Bool
  }

  /// The entries, line by line.
  let lines: [[Key]]

  private static let sample = 21
  private static let spacing = 24

  /// Breaks keys into lines that fit `width`; a name that cannot fit is shortened.
  init(_ keys: [Key], width: Int) {
    var lines: [[Key]] = []
    var room: Float = 0
    for var key in keys {
      key.name = Typeface.fitted(key.name, width: Float(width - Self.sample))
      let needed = Self.width(of: key)
      if lines.isEmpty || room < needed {
        lines.append([])
        room = Float(width)
      }
      lines[lines.count - 1].append(key)
      room -= needed + Float(Self.spacing)
    }
    self.lines = lines
  }

  /// The height of all lines.
  var height: Int { lines.count * Theme.lineHeight }

  /// Draws the lines from `top` down.
  func draw(on canvas: inout Canvas, left: Int, top: Int) {
    for (index, line) in lines.enumerated() {
      var x = Float(left)
      let baseline = Float(top + index * Theme.lineHeight) + Glyphs.capHeight
      for key in line {
        let middle = baseline - Glyphs.capHeight / 2
        if key.isLine {
          canvas.stroke(
            [[Point(x + 1, middle), Point(x + 14, middle)]], width: 2.6, key.color)
        } else {
          canvas.disc(Point(x + 9, middle), radius: 4.5, key.color)
        }
        canvas.text(key.name, x: x + Float(Self.sample), y: baseline, Theme.ink)
        x += Self.width(of: key) + Float(Self.spacing)
      }
    }
  }

  private static func width(of key: Key) -> Float {
    Float(sample) + Typeface.width(of: key.name)
  }
}
