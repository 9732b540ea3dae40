/// How a stored image is to be turned before it is shown, numbered as in EXIF.
enum Orientation: Int, Sendable, Hashable, CaseIterable {
  case upright = 1
  case mirrored, upsideDown, flipped, transposed, turnedRight, transversed, turnedLeft

  /// Whether rows become columns.
  var swapsSides: Bool { rawValue >= 5 }

  /// The orientation in the content of an APP1 segment; nil where it holds none that is sound.
  ///
  /// - Source: CIPA DC-008 (Exif 2.32), 4.5 and tag 0x0112; TIFF 6.0, section 2.
  init?(exif segment: ArraySlice<UInt8>) {
    guard segment.starts(with: [0x45, 0x78, 0x69, 0x66, 0, 0]) else { return nil }
    let tiff = Array(segment.dropFirst(6))
    guard tiff.count >= 8 else { return nil }
    let isLittle = tiff[0] == 0x49
    guard tiff[1] == tiff[0], isLittle || tiff[0] == 0x4D else { return nil }

    func number(at place: Int, _ count: Int) -> Int? {
      guard place >= 0, count <= tiff.count, place <= tiff.count - count else { return nil }
      let bytes = tiff[place..<(place + count)]
      return isLittle
        ? bytes.reversed().reduce(0) { $0 << 8 | Int($1) } : bytes.reduce(0) { $0 << 8 | Int($1) }
    }
    guard number(at: 2, 2) == 42, let table = number(at: 4, 4), let count = number(at: table, 2)
    else { return nil }
    for entry in 0..<count {
      let place = table + 2 + 12 * entry
      guard let tag = number(at: place, 2) else { return nil }
      guard tag == 0x0112 else { continue }
      let isLong = number(at: place + 2, 2) == 4
      guard let value = number(at: place + 8, isLong ? 4 : 2) else { return nil }
      self.init(rawValue: value)
      return
    }
    return nil
  }
}

extension Image {
  /// The image, turned as it is to be seen.
  func turned(_ orientation: Orientation) -> Image {
    // Where the first stored pixel goes, and the steps there from a pixel to the next and from a row to
    // the next.
    let (first, column, row): (Int, Int, Int)
    switch orientation {
    case .upright: return self
    case .mirrored: (first, column, row) = (width - 1, -1, width)
    case .upsideDown: (first, column, row) = (width * height - 1, -1, -width)
    case .flipped: (first, column, row) = (width * (height - 1), 1, -width)
    case .transposed: (first, column, row) = (0, height, 1)
    case .turnedRight: (first, column, row) = (height - 1, height, -1)
    case .transversed: (first, column, row) = (width * height - 1, -height, -1)
    case .turnedLeft: (first, column, row) = (height * (width - 1), -height, 1)
    }
    let count = pixels.count
    let turned = [UInt8](unsafeUninitializedCapacity: count) { new, filled in
      pixels.withUnsafeBufferPointer { old in
        for y in 0..<height {
          for x in 0..<width {
            let (from, to) = ((y * width + x) * channels, (first + y * row + x * column) * channels)
            for channel in 0..<channels { new[to + channel] = old[from + channel] }
          }
        }
      }
      filled = count
    }
    let (newHeight, newWidth) = orientation.swapsSides ? (width, height) : (height, width)
    return Image(height: newHeight, width: newWidth, channels: channels, pixels: turned)
  }
}
