/// A JPEG file that was read: grey stays grey, and everything else becomes red, green and blue.
///
/// Baseline and progressive files of 8 bits are read, and turned as their EXIF data says. The inks of CMYK
/// and YCCK are taken as inverted, as Adobe's programs write them. A damaged file is never read in part.
struct JPEGFile: Sendable, Hashable {
  let image: Image

  /// Reads a file that is in memory.
  ///
  /// - Throws: ``ImageProblem`` when it is damaged, of a kind that is not read, or too large.
  init(bytes: [UInt8], byteLimit: Int) throws(ImageProblem) {
    guard let header = try JPEGHeader(bytes) else {
      throw .damaged("it ends before its pixels begin")
    }
    let (width, height) = (header.width, header.height)
    guard width > 0, height > 0 else {
      throw .damaged("its header says \(width) by \(height) pixels")
    }
    guard width * height * header.componentCount <= byteLimit else {
      throw .tooLarge(width: width, height: height, limit: byteLimit)
    }
    // Huffman codes take at least a bit a block of 8 by 8, in a component that may have a quarter of the
    // image's blocks.
    guard header.isArithmetic || width * height / (64 * 4 * 8) <= bytes.count else {
      throw .impossible(width: width, height: height, bytes: bytes.count)
    }
    var samples = try Self.decode(bytes, header)
    if header.componentCount == 4 { samples = Self.inked(samples) }
    image = Image(
      height: height, width: width, channels: header.isColor ? 3 : 1, pixels: samples
    ).turned(header.orientation)
  }

  /// The colours of paper under four inks, each given as the light that it lets through.
  private static func inked(_ inks: [UInt8]) -> [UInt8] {
    let count = inks.count / 4
    return [UInt8](unsafeUninitializedCapacity: 3 * count) { colors, filled in
      inks.withUnsafeBufferPointer { inks in
        for pixel in 0..<count {
          let black = Int(inks[4 * pixel + 3])
          for channel in 0..<3 {
            let mixed = (Int(inks[4 * pixel + channel]) * black + 127) / 255
            colors[3 * pixel + channel] = UInt8(truncatingIfNeeded: mixed)
          }
        }
      }
      filled = 3 * count
    }
  }
}

#if JPEG
  internal import CTurboJPEG

  extension JPEGFile {
    /// Whether the package was built with libjpeg-turbo.
    static var isRead: Bool { true }

    /// The samples of a file, row by row: grey, colours or inks.
    fileprivate static func decode(
      _ bytes: [UInt8], _ header: JPEGHeader
    ) throws(ImageProblem) -> [UInt8] {
      guard let decoder = Decoder() else { throw .damaged("there is not enough memory") }
      return try decoder.samples(of: bytes, header)
    }
  }

  /// A decompressor of libjpeg-turbo's.
  private struct Decoder: ~Copyable {
    private let handle: tjhandle

    init?() {
      guard let handle = tjInitDecompress() else { return nil }
      self.handle = handle
    }

    deinit { tjDestroy(handle) }

    func samples(
      of bytes: [UInt8], _ header: JPEGHeader
    ) throws(ImageProblem) -> [UInt8] {
      var (width, height, subsampling, colorSpace) = (Int32(0), Int32(0), Int32(0), Int32(0))
      let status = tjDecompressHeader3(
        handle, bytes, UInt(bytes.count), &width, &height, &subsampling, &colorSpace)
      // Unusual subsampling is an error there, of which decoding itself knows nothing.
      guard status == 0 || (width > 0 && height > 0 && subsampling < 0) else { throw failure }
      // The memory is as large as our own reading of the header says.
      guard Int(width) == header.width, Int(height) == header.height else {
        throw .damaged("its header says two sizes")
      }
      let format: TJPF
      switch header.componentCount {
      case 1: format = TJPF_GRAY
      case 4: format = TJPF_CMYK
      default: format = TJPF_RGB
      }
      var samples = [UInt8](
        repeating: 0, count: header.width * header.height * header.componentCount)
      // Doubtful data is damage, not a grey patch in an image.
      let flags = TJFLAG_STOPONWARNING | TJFLAG_LIMITSCANS | TJFLAG_ACCURATEDCT
      guard
        tjDecompress2(
          handle, bytes, UInt(bytes.count), &samples, width, width * Int32(header.componentCount),
          height, Int32(format.rawValue), flags) == 0
      else { throw failure }
      return samples
    }

    /// What the library says went wrong.
    private var failure: ImageProblem {
      .damaged(tjGetErrorStr2(handle).map { String(cString: $0) } ?? "it cannot be decoded")
    }
  }
#else
  extension JPEGFile {
    /// Whether the package was built with libjpeg-turbo.
    static var isRead: Bool { false }

    fileprivate static func decode(
      _ bytes: [UInt8], _ header: JPEGHeader
    ) throws(ImageProblem) -> [UInt8] { throw .builtWithoutJPEG }
  }
#endif
