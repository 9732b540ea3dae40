/// What a JPEG file says of itself before its pixels.
///
/// - Source: ITU-T T.81, annex B: markers and segments.
struct JPEGHeader: Sendable, Hashable {
  /// Rows of pixels, as stored.
  let height: Int
  /// Pixels in a row, as stored.
  let width: Int
  /// 1 for grey, 3 for colour, 4 for the inks of print.
  let componentCount: Int
  /// How the image is to be turned.
  let orientation: Orientation
  /// Whether its numbers are coded arithmetically, and may take next to no room.
  let isArithmetic: Bool

  /// Whether reading gives three channels.
  var isColor: Bool { componentCount > 1 }

  /// The size of the image once it is turned.
  var shownSize: (height: Int, width: Int) {
    orientation.swapsSides ? (width, height) : (height, width)
  }

  /// Reads the segments up to the frame's; nil where the bytes end before it.
  ///
  /// - Throws: ``ImageProblem`` where they are no segments, or the frame is of a kind that is not read.
  init?(_ bytes: [UInt8]) throws(ImageProblem) {
    var found: Orientation?
    var place = 2
    while true {
      guard place + 2 <= bytes.count else { return nil }
      guard bytes[place] == 0xFF else {
        throw .damaged("its segments do not follow each other at byte \(place)")
      }
      let marker = bytes[place + 1]
      // Any number of such bytes may fill the room before a marker.
      if marker == 0xFF {
        place += 1
        continue
      }
      place += 2
      switch marker {
      case 0x01, 0xD0...0xD7: continue  // Markers without a segment.
      case 0x00, 0xD8...0xDA: throw .damaged("it holds no image where one has to begin")
      default: break
      }
      guard place + 2 <= bytes.count else { return nil }
      let length = Int(bytes[place]) << 8 | Int(bytes[place + 1])
      guard length >= 2 else { throw .damaged("a segment of it has no length") }
      if Self.isFrame(marker) {
        guard place + 8 <= bytes.count else { return nil }
        try Self.check(marker, bits: bytes[place + 2], components: bytes[place + 7])
        height = Int(bytes[place + 3]) << 8 | Int(bytes[place + 4])
        width = Int(bytes[place + 5]) << 8 | Int(bytes[place + 6])
        componentCount = Int(bytes[place + 7])
        orientation = found ?? .upright
        isArithmetic = marker >= 0xC9
        return
      }
      if marker == 0xE1, found == nil {
        guard place + length <= bytes.count else { return nil }
        found = Orientation(exif: bytes[(place + 2)..<(place + length)])
      }
      place += length
    }
  }

  /// Whether a marker begins a frame, of JPEG or of JPEG-LS.
  private static func isFrame(_ marker: UInt8) -> Bool {
    switch marker {
    case 0xC4, 0xC8, 0xCC: false  // Tables, and what is reserved.
    case 0xC0...0xCF, 0xF7: true
    default: false
    }
  }

  /// Refuses the kinds of frames that some versions of the library read and others do not.
  private static func check(
    _ marker: UInt8, bits: UInt8, components: UInt8
  ) throws(ImageProblem) {
    switch marker {
    case 0xC0, 0xC1, 0xC2, 0xC9, 0xCA: break
    case 0xC3, 0xCB, 0xF7: throw .unsupportedJPEG("without loss")
    default: throw .unsupportedJPEG("in layers")
    }
    guard bits == 8 else { throw .unsupportedJPEG("of \(bits) bits a sample") }
    guard [1, 3, 4].contains(components) else {
      throw .unsupportedJPEG("of \(components) components")
    }
  }
}
