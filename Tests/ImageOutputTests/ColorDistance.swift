import Foundation

@testable import ImageOutput

/// How far apart two colours are in CIELAB (CIE 1976).
func distance(_ a: [Double], _ b: [Double]) -> Double {
  zip(a, b).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }.squareRoot()
}

extension Color {
  static let identity: [[Double]] = [[1, 0, 0], [0, 1, 0], [0, 0, 1]]

  func distance(to other: Color) -> Double {
    ImageOutputTests.distance(
      lab(seenThrough: Self.identity), other.lab(seenThrough: Self.identity))
  }

  /// CIELAB under D65, after a matrix on linear sRGB.
  func lab(seenThrough matrix: [[Double]]) -> [Double] {
    let linear = [red, green, blue].map { part -> Double in
      let value = Double(part) / 255
      return value <= 0.04045 ? value / 12.92 : pow((value + 0.055) / 1.055, 2.4)
    }
    let seen = Self.product(matrix, linear).map { min(1, max(0, $0)) }
    let xyz = Self.product(
      [
        [0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
      ], seen)
    let f = zip(xyz, [0.95047, 1, 1.08883]).map { value, white -> Double in
      let t = value / white
      return t > 0.008856 ? cbrt(t) : 7.787 * t + 16.0 / 116
    }
    return [116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])]
  }

  private static func product(_ matrix: [[Double]], _ vector: [Double]) -> [Double] {
    matrix.map { row in zip(row, vector).reduce(0) { $0 + $1.0 * $1.1 } }
  }
}
