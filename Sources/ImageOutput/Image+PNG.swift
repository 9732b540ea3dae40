internal import CPNGBridge

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

extension Image {
  /// Writes the image to a PNG file of 8 bits a sample, grey or RGB.
  ///
  /// The file is complete or untouched: it is written beside its place under another name, synced
  /// to the disk and renamed. The same pixels give the same bytes.
  ///
  /// - Throws: ``PNGError`` when the folder is missing or read-only, the disk is full, the path
  ///   names a folder, or the image has no pixels.
  public func writePNG(to path: String) throws(PNGError) {
    try replaceFile(path, with: encodedPNG(name: path))
  }

  /// The bytes of a PNG file of this image, of 8 bits a sample, grey or RGB.
  ///
  /// - Throws: ``PNGError`` when the image has no pixels, which the format cannot say.
  public func pngBytes() throws(PNGError) -> [UInt8] {
    try encodedPNG(name: "the image")
  }

  private func encodedPNG(name: String) throws(PNGError) -> [UInt8] {
    guard height > 0, width > 0, let rows = Int32(exactly: height), let row = Int32(exactly: width)
    else { throw PNGError(reason: .nothingToWrite(width: width, height: height), path: name) }
    var message = [CChar](repeating: 0, count: 256)
    var encoded: UnsafeMutablePointer<UInt8>?
    var count = 0
    let status = cpng_encode(
      pixels, UInt32(row), UInt32(rows), Int32(channels), &encoded, &count, &message,
      message.count - 1)
    guard status == 0, let encoded else {
      throw PNGError(reason: .unencodable(text(message)), path: name)
    }
    defer { free(encoded) }
    return Array(UnsafeBufferPointer(start: encoded, count: count))
  }
}
