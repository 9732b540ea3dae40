/// A surface to draw on: everything anti-aliased, in 8-bit colour.
///
/// Coordinates count pixels from the top left, and whole numbers are the centres of pixels. What
/// lies outside is not drawn.
struct Canvas {
  private(set) var image: Image

  init(height: Int, width: Int, color: Color) {
    image = Image(height: height, width: width, color: color)
  }

  var height: Int { image.height }
  var width: Int { image.width }

  /// Copies an image, made colour if it is grey, to (`x`, `y`); it must fit.
  mutating func draw(_ other: Image, x: Int, y: Int) {
    image.paste(other.colored(), top: y, left: x)
  }

  /// Fills whole pixels.
  mutating func fill(_ area: Rectangle, _ color: Color, opacity: Float = 1) {
    let area = area.intersection(Rectangle(x: 0, y: 0, width: width, height: height))
    for y in area.y..<area.maxY {
      for x in area.x..<area.maxX { blend(color, x: x, y: y, opacity) }
    }
  }

  /// Draws a line one pixel thick around `area`, outside it.
  mutating func frame(_ area: Rectangle, _ color: Color) {
    let (x, y, width, height) = (area.x, area.y, area.width, area.height)
    fill(Rectangle(x: x - 1, y: y - 1, width: width + 2, height: 1), color)
    fill(Rectangle(x: x - 1, y: y + height, width: width + 2, height: 1), color)
    fill(Rectangle(x: x - 1, y: y, width: 1, height: height), color)
    fill(Rectangle(x: x + width, y: y, width: 1, height: height), color)
  }

  /// Draws a filled disc.
  mutating func disc(_ center: Point, radius: Float, _ color: Color, opacity: Float = 1) {
    let area = bounds(of: [center], margin: radius + 1)
    for y in area.y..<area.maxY {
      for x in area.x..<area.maxX {
        let (dx, dy) = (Float(x) - center.x, Float(y) - center.y)
        let coverage = radius + 0.5 - (dx * dx + dy * dy).squareRoot()
        if coverage > 0 { blend(color, x: x, y: y, min(1, coverage) * opacity) }
      }
    }
  }

  /// Draws polylines with round ends and corners; where they overlap they count once.
  mutating func stroke(
    _ lines: [[Point]], width thickness: Float, _ color: Color, opacity: Float = 1,
    within clip: Rectangle? = nil
  ) {
    let radius = thickness / 2
    let everything = bounds(of: lines.joined(), margin: radius + 1)
    let area = clip.map { everything.intersection($0) } ?? everything
    guard area.width > 0 && area.height > 0 else { return }
    var coverage = [Float](repeating: 0, count: area.width * area.height)
    for line in lines {
      for index in line.indices {
        let (start, end) = (line[index], line[min(index + 1, line.count - 1)])
        if index > 0 && index == line.count - 1 { continue }
        let near = bounds(of: [start, end], margin: radius + 1).intersection(area)
        guard near.width > 0 else { continue }
        for y in near.y..<near.maxY {
          for x in near.x..<near.maxX {
            let distance = Self.distance(Point(Float(x), Float(y)), start, end)
            let place = (y - area.y) * area.width + x - area.x
            coverage[place] = max(coverage[place], radius + 0.5 - distance)
          }
        }
      }
    }
    for y in 0..<area.height {
      for x in 0..<area.width where coverage[y * area.width + x] > 0 {
        blend(
          color, x: area.x + x, y: area.y + y, min(1, coverage[y * area.width + x]) * opacity)
      }
    }
  }

  /// Mixes `color` into one pixel that lies on the canvas.
  private mutating func blend(_ color: Color, x: Int, y: Int, _ opacity: Float) {
    let first = (y * width + x) * 3
    func mix(_ old: UInt8, _ new: UInt8) -> UInt8 {
      UInt8((Float(old) + (Float(new) - Float(old)) * opacity).rounded())
    }
    image.pixels[first] = mix(image.pixels[first], color.red)
    image.pixels[first + 1] = mix(image.pixels[first + 1], color.green)
    image.pixels[first + 2] = mix(image.pixels[first + 2], color.blue)
  }

  /// The pixels within `margin` of the points, as far as they lie on the canvas.
  private func bounds(of points: some Sequence<Point>, margin: Float) -> Rectangle {
    var (left, right, top, bottom) = (
      Float.infinity, -Float.infinity, Float.infinity, -Float.infinity
    )
    for point in points {
      (left, right) = (min(left, point.x), max(right, point.x))
      (top, bottom) = (min(top, point.y), max(bottom, point.y))
    }
    guard left <= right && top <= bottom else { return Rectangle(x: 0, y: 0, width: 0, height: 0) }
    func clamped(_ value: Float, _ limit: Int) -> Int {
      Int(max(0, min(Float(limit), value)))
    }
    let (x, y) = (
      clamped((left - margin).rounded(.down), width), clamped((top - margin).rounded(.down), height)
    )
    return Rectangle(
      x: x, y: y, width: clamped((right + margin).rounded(.up) + 1, width) - x,
      height: clamped((bottom + margin).rounded(.up) + 1, height) - y)
  }

  /// How far `point` is from the segment between two others.
  private static func distance(_ point: Point, _ start: Point, _ end: Point) -> Float {
    let (dx, dy) = (end.x - start.x, end.y - start.y)
    let (px, py) = (point.x - start.x, point.y - start.y)
    let length = dx * dx + dy * dy
    let t = length > 0 ? max(0, min(1, (px * dx + py * dy) / length)) : 0
    let (ex, ey) = (px - dx * t, py - dy * t)
    return (ex * ex + ey * ey).squareRoot()
  }
}
