/// Formats of image files, told by their first bytes.
package enum ImageFormat: String, Sendable, Hashable, CaseIterable {
  case png = "PNG"
  case jpeg = "JPEG"
  case webP = "WebP"
  case tiff = "TIFF"
  case gif = "GIF"
  case bmp = "BMP"
  case heic = "HEIC"
  case avif = "AVIF"
  case netpbm = "PNM"

  /// What ends the names of such files, in lower case.
  package var endings: [String] {
    switch self {
    case .png: [".png"]
    case .jpeg: [".jpg", ".jpeg", ".jpe", ".jfif"]
    case .webP: [".webp"]
    case .tiff: [".tif", ".tiff"]
    case .gif: [".gif"]
    case .bmp: [".bmp"]
    case .heic: [".heic", ".heif"]
    case .avif: [".avif"]
    case .netpbm: [".ppm", ".pgm", ".pbm", ".pnm"]
    }
  }

  /// The format that the first bytes of a file tell; 64 of them are enough.
  package init?(_ bytes: [UInt8]) {
    func holds(_ text: String, at place: Int) -> Bool {
      bytes.dropFirst(place).starts(with: text.utf8)
    }
    if bytes.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) {
      self = .png
    } else if bytes.starts(with: [0xFF, 0xD8, 0xFF]) {
      self = .jpeg
    } else if holds("RIFF", at: 0), holds("WEBP", at: 8) {
      self = .webP
    } else if [[0x49, 0x49, 0x2A, 0], [0x4D, 0x4D, 0, 0x2A], [0x49, 0x49, 0x2B, 0]]
      .contains(where: bytes.starts)
    {
      self = .tiff
    } else if holds("GIF87a", at: 0) || holds("GIF89a", at: 0) {
      self = .gif
    } else if holds("BM", at: 0), holds("\0\0\0\0", at: 6) {
      self = .bmp
    } else if holds("ftyp", at: 4) {
      // The box of brands: the main one, a version, and those the file fits too.
      let length = bytes.prefix(4).reduce(0) { $0 << 8 | Int($1) }
      let brands = stride(from: 8, to: min(length, bytes.count), by: 4)
      if brands.contains(where: { holds("avif", at: $0) || holds("avis", at: $0) }) {
        self = .avif
      } else if brands.contains(where: { place in
        ["heic", "heix", "hevc", "mif1", "msf1"].contains { holds($0, at: place) }
      }) {
        self = .heic
      } else {
        return nil
      }
    } else if bytes.count > 2, bytes[0] == 0x50, (0x31...0x36).contains(bytes[1]),
      [0x0A, 0x0D, 0x20].contains(bytes[2])
    {
      self = .netpbm
    } else {
      return nil
    }
  }

  /// The format that the ending of a name tells.
  package init?(ending name: String) {
    let name = name.lowercased()
    guard let format = Self.allCases.first(where: { $0.endings.contains(where: name.hasSuffix) })
    else { return nil }
    self = format
  }
}
