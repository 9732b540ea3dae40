internal import CPNGBridge

/// A PNG file that was read: its pixels in 8 bits, and what was in the file.
///
/// Every kind of PNG is read: grey, colour, palette and alpha, 1 to 16 bits, interlaced or not.
/// Fewer bits are stretched to 0...255 and 16 are rounded to the nearest of 256 steps. Text and
/// colour profiles are skipped. A damaged file is never read in part: it is refused.
public struct PNGFile: Sendable, Hashable {
  /// What becomes of transparent pixels.
  public enum Transparency: Sendable, Hashable {
    /// They are laid over one colour; over its ``Color/luma`` in a grey image.
    case composited(over: Color)
    /// Opacity is dropped, and colours hidden by it show.
    case ignored
  }

  /// The most bytes of decoded pixels that are read unless a caller says otherwise.
  public static let defaultByteLimit = 100_000_000

  /// What the file says of itself.
  public let header: PNGHeader
  /// The pixels, of 1 channel where the file is grey and 3 otherwise.
  public let image: Image

  /// Reads a file.
  ///
  /// - Parameters:
  ///   - path: The file.
  ///   - transparency: What becomes of transparent pixels; they are laid over white by default.
  ///   - byteLimit: The most bytes that the decoded pixels may take. The header is checked against
  ///     it before memory is asked for, so that a small file cannot ask for all there is.
  /// - Throws: ``PNGError`` when the file cannot be read, is no PNG, is damaged, or is too large.
  public init(
    path: String, transparency: Transparency = .composited(over: .white),
    byteLimit: Int = PNGFile.defaultByteLimit
  ) throws(PNGError) {
    let bytes = try readFile(path, byteLimit: byteLimit)
    try self.init(bytes: bytes, name: path, transparency: transparency, byteLimit: byteLimit)
  }

  /// Reads a file that is already in memory.
  ///
  /// - Parameters:
  ///   - bytes: The whole file.
  ///   - name: What errors call it.
  ///   - transparency: What becomes of transparent pixels; they are laid over white by default.
  ///   - byteLimit: The most bytes that the decoded pixels may take.
  /// - Throws: ``PNGError`` when the bytes are no PNG, are damaged, or hold too large an image.
  public init(
    bytes: [UInt8], name: String = "the image",
    transparency: Transparency = .composited(over: .white),
    byteLimit: Int = PNGFile.defaultByteLimit
  ) throws(PNGError) {
    let (header, decodedChannels) = try PNGHeader.parse(bytes, name: name, byteLimit: byteLimit)
    var message = [CChar](repeating: 0, count: 256)
    let size = header.height * header.width * decodedChannels
    var samples = [UInt8](repeating: 0, count: size)
    guard cpng_decode(bytes, bytes.count, &samples, size, &message, message.count - 1) == 0 else {
      throw PNGError(reason: .damaged(text(message)), path: name)
    }
    self.header = header
    if header.hasTransparency {
      samples = Self.opaque(samples, channels: header.channels, transparency)
    }
    image = Image(
      height: header.height, width: header.width, channels: header.channels, pixels: samples)
  }

  /// Removes the last of `channels + 1` interleaved channels, the opacity.
  private static func opaque(
    _ samples: [UInt8], channels: Int, _ transparency: Transparency
  ) -> [UInt8] {
    let count = samples.count / (channels + 1)
    var result = [UInt8](repeating: 0, count: count * channels)
    var under: [Int] = [0, 0, 0]
    if case .composited(let color) = transparency {
      under =
        channels == 1 ? [Int(color.luma)] : [Int(color.red), Int(color.green), Int(color.blue)]
    }
    for pixel in 0..<count {
      let first = pixel * (channels + 1)
      let opacity = transparency == .ignored ? 255 : Int(samples[first + channels])
      for channel in 0..<channels {
        let mixed = Int(samples[first + channel]) * opacity + under[channel] * (255 - opacity)
        result[pixel * channels + channel] = UInt8((mixed + 127) / 255)
      }
    }
    return result
  }
}

extension PNGHeader {
  /// Reads what a file says of itself, without decoding its pixels.
  ///
  /// - Throws: ``PNGError`` when the file cannot be read, is no PNG, or its header is damaged.
  public init(path: String) throws(PNGError) {
    let bytes = try readFile(path, byteLimit: PNGFile.defaultByteLimit)
    self = try Self.parse(bytes, name: path, byteLimit: .max).header
  }

  /// Reads the header, and refuses what must not be decoded.
  ///
  /// The second result is the channels that decoding gives, opacity counted.
  static func parse(
    _ bytes: [UInt8], name: String, byteLimit: Int
  ) throws(PNGError) -> (header: PNGHeader, decodedChannels: Int) {
    guard bytes.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) else {
      throw PNGError(reason: .notPNG, path: name)
    }
    if bytes.count >= 24, bytes[12..<16].elementsEqual("IHDR".utf8) {
      let (width, height) = (bigEndian(bytes[16..<20]), bigEndian(bytes[20..<24]))
      guard width > 0 && height > 0 else {
        throw PNGError(reason: .empty(width: width, height: height), path: name)
      }
    }
    var message = [CChar](repeating: 0, count: 256)
    var raw = cpng_header()
    guard cpng_read_header(bytes, bytes.count, &raw, &message, message.count - 1) == 0,
      let colorType = ColorType(rawValue: Int(raw.color_type))
    else { throw PNGError(reason: .damaged(text(message)), path: name) }

    let header = PNGHeader(
      height: Int(raw.height), width: Int(raw.width), bitDepth: Int(raw.bit_depth),
      colorType: colorType, isInterlaced: raw.interlaced != 0,
      hasTransparency: raw.has_transparency != 0)
    let channels = Int(raw.channels)
    let (samples, overflow) = (header.height * header.width)
      .multipliedReportingOverflow(by: channels)
    guard !overflow && samples <= byteLimit else {
      throw PNGError(
        reason: .tooLarge(width: header.width, height: header.height, limit: byteLimit), path: name)
    }
    // Deflate stores at most 1032 bytes in one (RFC 1951: 258 bytes in two bits).
    guard samples / channels * header.bitDepth / 8 / 1032 <= bytes.count else {
      throw PNGError(
        reason: .impossible(width: header.width, height: header.height, bytes: bytes.count),
        path: name)
    }
    return (header, channels)
  }

  private static func bigEndian(_ bytes: ArraySlice<UInt8>) -> Int {
    bytes.reduce(0) { $0 << 8 | Int($1) }
  }
}

/// The C string in a buffer of characters.
func text(_ message: [CChar]) -> String {
  String(decoding: message.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
}
