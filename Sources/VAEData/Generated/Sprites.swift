/// Shapes on black, 64 by 64, one for each combination of five factors.
///
/// Order, sizes and meaning of the factors are dSprites': shape (square, ellipse, heart), scale (0.5 to
/// 1), rotation (40 steps of 9 degrees), x and y (32 each). Edges are smooth, where dSprites' are not, and
/// the last rotation is not the first again.
///
/// - Source: Matthey, Higgins, Hassabis and Lerchner, "dSprites: Disentanglement testing Sprites
///   dataset", 2017.
struct Sprites: Renderer {
  static let side = 64
  static let factors = FactorGrid(
    names: ["shape", "scale", "rotation", "x", "y"], sizes: [3, 6, 40, 32, 32])
  static let shapes = ["square", "ellipse", "heart"]

  /// Cosine and sine of each rotation.
  private static let rotations: [SIMD2<Double>] = {
    // Those of 9 degrees, multiplied as complex numbers: the same on every machine.
    let step = SIMD2(0.987_688_340_595_137_7, 0.156_434_465_040_230_87)
    var turns = [SIMD2<Double>(1, 0)]
    while turns.count < factors.sizes[2] {
      let last = turns[turns.count - 1]
      turns.append(
        SIMD2(last.x * step.x - last.y * step.y, last.x * step.y + last.y * step.x))
    }
    return turns
  }()

  func render(_ example: Int, into bytes: UnsafeMutableBufferPointer<UInt8>) {
    let values = Self.factors.values(at: example)
    let scale = 0.5 + 0.1 * Float(values[1])
    let turn = SIMD2<Float>(Self.rotations[values[2]])
    // The middle moves between 14 and 50, so that every shape stays whole.
    let middle = SIMD2(Float(values[3]), Float(values[4])) * (36.0 / 31) + 14
    let reach = 13.4 * scale
    let low = middle - reach
    let high = middle + reach
    // One pixel to the right or down, seen from the shape.
    let right = SIMD2(turn.x, -turn.y) / scale
    let down = SIMD2(turn.y, turn.x) / scale
    for row in Int(low.y)...Int(high.y) {
      for column in Int(low.x)...Int(high.x) {
        let corner =
          right * (Float(column) - middle.x) + down * (Float(row) - middle.y)
        var hits = 0
        for i in 0..<4 {
          let line = corner + down * ((Float(i) + 0.5) / 4)
          for j in 0..<4 {
            let point = line + right * ((Float(j) + 0.5) / 4)
            if Self.contains(point, shape: values[0]) { hits += 1 }
          }
        }
        bytes[row * Self.side + column] = UInt8(hits * 255 / 16)
      }
    }
  }

  /// Whether a point lies in a shape of scale 1 around the origin, y downwards.
  private static func contains(_ point: SIMD2<Float>, shape: Int) -> Bool {
    switch shape {
    case 0: return abs(point.x) <= 9 && abs(point.y) <= 9
    case 1:
      let p = point / SIMD2(6.5, 13)
      return p.x * p.x + p.y * p.y <= 1
    default:
      // The heart x^2 + (5/4 y - sqrt |x|)^2 = 1, y upwards.
      let (x, y) = (point.x / 10.4, 0.23 - point.y / 10.4)
      let lift = 1.25 * y - abs(x).squareRoot()
      return x * x + lift * lift <= 1
    }
  }
}
