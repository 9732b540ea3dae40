/// How the pixels of a resized image are computed.
public enum Resampling: String, Codable, Sendable, Hashable, CaseIterable {
  /// The pixel under the new pixel's centre: keeps exact values, and edges jagged.
  case nearest
  /// A triangle as wide as the new pixels: smooth, and without aliasing when shrinking.
  case bilinear
  /// The mean of the area that the new pixel covers.
  case area
}

extension Image {
  /// The image resampled to `height` rows and `width` columns, both at least 1.
  ///
  /// The results are those of Pillow's `Image.resize` with `NEAREST`, `BILINEAR` and `BOX`, to the
  /// bit: the filters widen when shrinking, and weights have 22 fractional bits.
  public func resized(
    height newHeight: Int, width newWidth: Int, using resampling: Resampling = .bilinear
  ) -> Image {
    precondition(
      height > 0 && width > 0 && newHeight > 0 && newWidth > 0,
      "cannot resize \(height)x\(width) to \(newHeight)x\(newWidth)")
    guard newHeight != height || newWidth != width else { return self }
    if resampling == .nearest { return nearest(newHeight, newWidth) }
    let across = Weights(from: width, to: newWidth, resampling)
    let down = Weights(from: height, to: newHeight, resampling)
    // Sums along a row, then along a column; each rounds to 8 bits.
    let rows =
      width == newWidth
      ? pixels
      : across.applied(to: pixels, lines: height, length: width, inner: channels)
    let both =
      height == newHeight
      ? rows : down.applied(to: rows, lines: 1, length: height, inner: newWidth * channels)
    return Image(height: newHeight, width: newWidth, channels: channels, pixels: both)
  }

  private func nearest(_ newHeight: Int, _ newWidth: Int) -> Image {
    let columns = Self.nearest(from: width, to: newWidth).map { $0 * channels }
    var result: [UInt8] = []
    result.reserveCapacity(newHeight * newWidth * channels)
    for row in Self.nearest(from: height, to: newHeight) {
      let first = row * width * channels
      for column in columns {
        for channel in 0..<channels { result.append(pixels[first + column + channel]) }
      }
    }
    return Image(height: newHeight, width: newWidth, channels: channels, pixels: result)
  }

  /// The old pixel under each new one.
  ///
  /// The position is summed up and not multiplied, as Pillow does: the two differ where it falls
  /// on the border of two old pixels.
  private static func nearest(from old: Int, to new: Int) -> [Int] {
    let step = Double(old) / Double(new)
    var position = step * 0.5
    return (0..<new).map { _ in
      defer { position += step }
      return min(old - 1, Int(position))
    }
  }
}

/// For each new pixel along one axis: which old pixels make it up, and how much of each.
private struct Weights {
  static let fractionBits = 22

  var firsts: [Int] = []
  var counts: [Int] = []
  var factors: [Int32] = []  // `stride` of them for each new pixel
  let stride: Int

  init(from old: Int, to new: Int, _ resampling: Resampling) {
    let scale = Double(old) / Double(new)
    let widening = max(scale, 1)
    let support = (resampling == .bilinear ? 1.0 : 0.5) * widening
    stride = Int(support.rounded(.up)) * 2 + 1
    for pixel in 0..<new {
      let center = (Double(pixel) + 0.5) * scale
      let first = max(0, Int(center - support + 0.5))
      let count = min(old, Int(center + support + 0.5)) - first
      let raw = (0..<count).map { index -> Double in
        let distance = (Double(index + first) - center + 0.5) / widening
        if resampling == .bilinear { return max(0, 1 - abs(distance)) }
        return distance > -0.5 && distance <= 0.5 ? 1 : 0
      }
      let total = raw.reduce(0, +)
      firsts.append(first)
      counts.append(count)
      for weight in raw {
        let fraction = total != 0 ? weight * (1 / total) : weight
        factors.append(Int32(fraction * Double(1 << Self.fractionBits) + 0.5))
      }
      factors += [Int32](repeating: 0, count: stride - count)
    }
  }

  /// Weighs `samples` of `[lines, length, inner]` along the middle axis.
  func applied(to samples: [UInt8], lines: Int, length: Int, inner: Int) -> [UInt8] {
    var result = [UInt8](repeating: 0, count: lines * firsts.count * inner)
    let half = Int32(1) << Int32(Self.fractionBits - 1)
    for line in 0..<lines {
      for (pixel, first) in firsts.enumerated() {
        let from = (line * length + first) * inner
        let to = (line * firsts.count + pixel) * inner
        for offset in 0..<inner {
          var sum = half
          for index in 0..<counts[pixel] {
            sum += Int32(samples[from + index * inner + offset]) * factors[pixel * stride + index]
          }
          result[to + offset] = UInt8(clamping: sum >> Int32(Self.fractionBits))
        }
      }
    }
    return result
  }
}
