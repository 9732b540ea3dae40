extension Image {
  /// The part in the middle, of at most `height` rows and `width` columns.
  ///
  /// When the rest cannot be halved, the odd row or column is taken from the bottom or right.
  public func centerCropped(height newHeight: Int, width newWidth: Int) -> Image {
    precondition(newHeight >= 0 && newWidth >= 0, "a crop cannot be smaller than nothing")
    let (rows, columns) = (min(height, newHeight), min(width, newWidth))
    return cropped(
      top: (height - rows) / 2, left: (width - columns) / 2, height: rows, width: columns)
  }

  /// The part whose first pixel is at (`top`, `left`), which must lie inside the image.
  public func cropped(top: Int, left: Int, height newHeight: Int, width newWidth: Int) -> Image {
    precondition(
      top >= 0 && left >= 0 && newHeight >= 0 && newWidth >= 0 && top + newHeight <= height
        && left + newWidth <= width,
      "\(newHeight)x\(newWidth) at (\(top), \(left)) is outside an image of \(height)x\(width)")
    var result: [UInt8] = []
    result.reserveCapacity(newHeight * newWidth * channels)
    for row in top..<(top + newHeight) {
      let first = (row * width + left) * channels
      result += pixels[first..<(first + newWidth * channels)]
    }
    return Image(height: newHeight, width: newWidth, channels: channels, pixels: result)
  }

  /// The image in the middle of one of at least `height` rows and `width` columns.
  ///
  /// When the rest cannot be halved, the odd row or column is added at the bottom or right. In a
  /// grey image the fill is the colour's ``Color/luma``.
  public func padded(
    height newHeight: Int, width newWidth: Int, with fill: Color = .black
  ) -> Image {
    let (rows, columns) = (max(height, newHeight), max(width, newWidth))
    var result = Image(height: rows, width: columns, color: fill)
    if channels == 1 { result = result.grayscale() }
    result.paste(self, top: (rows - height) / 2, left: (columns - width) / 2)
    return result
  }

  /// The image with every pixel repeated `factor` times along both axes.
  public func enlarged(by factor: Int) -> Image {
    precondition(factor >= 1, "an image is enlarged by 1 or more, not \(factor)")
    guard factor > 1 else { return self }
    return resized(height: height * factor, width: width * factor, using: .nearest)
  }

  /// Copies another image of as many channels, which must fit, to (`top`, `left`).
  mutating func paste(_ other: Image, top: Int, left: Int) {
    precondition(
      other.channels == channels && top >= 0 && left >= 0 && top + other.height <= height
        && left + other.width <= width, "the pasted image does not fit")
    let count = other.width * channels
    guard count > 0 else { return }
    for row in 0..<other.height {
      let first = ((top + row) * width + left) * channels
      pixels.replaceSubrange(
        first..<(first + count), with: other.pixels[(row * count)..<((row + 1) * count)])
    }
  }
}
