internal import TensorCore

/// Handwritten-looking digits, 28 by 28, drawn from strokes.
///
/// Example `i` shows the digit `i % 10`. Everything else about it is random: which way of writing,
/// slant, turn, width, bends, thickness, pressure and place. Only sums, products, quotients and square
/// roots are used, so that every machine draws the same bytes.
struct Digits: Renderer {
  static let side = 28
  static let trainCount = 10_000
  static let testCount = 2_000

  let seed: UInt64

  func render(_ example: Int, into bytes: UnsafeMutableBufferPointer<UInt8>) {
    var dice = Dice(RandomKey(seed: seed).folded(with: UInt64(example)))
    let shapes = DigitShape.all[example % 10]
    let shape = shapes[Int(dice.unit() * Float(shapes.count))]
    let radius = 0.8 + 0.75 * dice.unit() * dice.unit() + 0.35 * dice.unit()
    let pen = Pen(
      side: Self.side, darkness: 0.88 + 0.12 * dice.unit(), softness: 1 + 0.4 * dice.unit())
    for line in Self.lines(of: shape, margin: radius + 1.6, &dice) {
      // Pressure changes from end to end.
      let start = radius * (1 + 0.15 * dice.normal())
      let end = radius * (0.92 + 0.15 * dice.normal())
      pen.draw(
        line, radius: min(max(0.55, start), radius + 0.5),
        endRadius: min(max(0.5, end), radius + 0.5), into: bytes)
    }
  }

  /// The strokes of one example as chains of points in pixels, at least `margin` from the edge.
  private static func lines(
    of shape: DigitShape, margin: Float, _ dice: inout Dice
  ) -> [[SIMD2<Float>]] {
    // The hand: how a whole digit is turned and bent.
    let slant = 0.12 + 0.17 * dice.normal()
    let turn = 0.035 * dice.normal()  // the tangent of half the angle
    let (cosine, sine) = ((1 - turn * turn) / (1 + turn * turn), 2 * turn / (1 + turn * turn))
    let aspect = 0.66 + 0.11 * dice.normal()
    let bends = SIMD4<Float>(dice.normal(), dice.normal(), dice.normal(), dice.normal()) * 0.09
    let wobble: Float = 0.026

    let points = shape.points.map { point -> SIMD2<Float> in
      var p = point - 0.5 + wobble * SIMD2(dice.normal(), dice.normal())
      p += SIMD2(
        bends.x * (p.y * p.y * 4 - 0.5) + bends.y * p.x * p.y * 2,
        bends.z * (p.x * p.x * 4 - 0.5) * 0.5 + bends.w * p.x * p.y)
      p.x = p.x * aspect - slant * p.y
      return SIMD2(cosine * p.x - sine * p.y, sine * p.x + cosine * p.y)
    }
    let lines = shape.strokes.map { smooth($0.map { points[$0] }) }

    // As large as the box allows, then placed by its middle and by where its ink is.
    var (low, high) = (SIMD2<Float>(repeating: .infinity), SIMD2<Float>(repeating: -.infinity))
    var (sum, count) = (SIMD2<Float>.zero, Float(0))
    for point in lines.joined() {
      low = pointwiseMin(low, point)
      high = pointwiseMax(high, point)
      sum += point
      count += 1
    }
    let extent = high - low
    let size = 17.6 + 1.1 * dice.normal()
    let scale = min(size / max(extent.y, 0.5), 19 / max(extent.x, 0.1))
    let middle = ((low + high) / 2 + sum / count) / 2
    let jitter = SIMD2(dice.normal(), dice.normal()) * 0.55
    var shift = SIMD2<Float>(repeating: Float(side) / 2) + jitter - middle * scale
    shift = pointwiseMax(shift, margin - low * scale)
    shift = pointwiseMin(shift, Float(side) - margin - high * scale)
    return lines.map { $0.map { $0 * scale + shift } }
  }

  /// Points along the Catmull-Rom curve through the given ones.
  private static func smooth(_ knots: [SIMD2<Float>]) -> [SIMD2<Float>] {
    let steps = 6
    var line = [knots[0]]
    line.reserveCapacity((knots.count - 1) * steps + 1)
    for i in 0..<(knots.count - 1) {
      let (b, c) = (knots[i], knots[i + 1])
      let a = i > 0 ? knots[i - 1] : b * 2 - c
      let d = i + 2 < knots.count ? knots[i + 2] : c * 2 - b
      for step in 1...steps {
        let t = Float(step) / Float(steps)
        let linear = b * 2 + (c - a) * t
        let square = (a * 2 - b * 5 + c * 4 - d) * (t * t)
        let cube = (b * 3 - a - c * 3 + d) * (t * t * t)
        line.append((linear + square + cube) * 0.5)
      }
    }
    return line
  }
}

/// Random numbers for one drawing, from a key of its own.
struct Dice {
  private var key: RandomKey
  private var words: [UInt32] = []

  init(_ key: RandomKey) { self.key = key }

  /// Uniform in [0, 1).
  mutating func unit() -> Float {
    if words.isEmpty { words = key.words(64) }
    return Float(words.removeLast() >> 8) * 0x1p-24
  }

  /// Nearly normal, with mean 0 and deviation 1, and never beyond 2 * sqrt(3).
  mutating func normal() -> Float {
    (unit() + unit() + unit() + unit() - 2) * 1.732_050_8
  }
}

/// Draws thick lines with soft edges into a square of bytes.
struct Pen {
  let side: Int
  /// How dark the ink is, 0 to 1.
  let darkness: Float
  /// Pixels over which an edge fades.
  let softness: Float

  /// Draws a chain of points whose radius changes evenly from its start to its end.
  func draw(
    _ line: [SIMD2<Float>], radius: Float, endRadius: Float,
    into bytes: UnsafeMutableBufferPointer<UInt8>
  ) {
    let last = Float(max(1, line.count - 1))
    for i in 0..<max(1, line.count - 1) {
      let (from, to) = (line[i], line[min(i + 1, line.count - 1)])
      let (r0, r1) = (
        radius + (endRadius - radius) * Float(i) / last,
        radius + (endRadius - radius) * Float(i + 1) / last
      )
      drawPiece(from, to, r0, r1, into: bytes)
    }
  }

  private func drawPiece(
    _ from: SIMD2<Float>, _ to: SIMD2<Float>, _ r0: Float, _ r1: Float,
    into bytes: UnsafeMutableBufferPointer<UInt8>
  ) {
    let reach = max(r0, r1) + softness
    let low = pointwiseMax(pointwiseMin(from, to) - reach, .zero)
    let high = pointwiseMin(pointwiseMax(from, to) + reach, SIMD2(repeating: Float(side - 1)))
    guard low.x <= high.x && low.y <= high.y else { return }
    let way = to - from
    let length = (way * way).sum()
    for row in Int(low.y)...Int(high.y) {
      for column in Int(low.x)...Int(high.x) {
        let offset = SIMD2(Float(column) + 0.5, Float(row) + 0.5) - from
        let along = length > 0 ? min(1, max(0, (offset * way).sum() / length)) : 0
        let gap = offset - way * along
        let distance = (gap * gap).sum().squareRoot()
        let cover = (r0 + (r1 - r0) * along + softness / 2 - distance) / softness
        guard cover > 0 else { continue }
        let ink = UInt8(min(1, cover) * darkness * 255 + 0.5)
        let place = row * side + column
        if ink > bytes[place] { bytes[place] = ink }
      }
    }
  }
}
