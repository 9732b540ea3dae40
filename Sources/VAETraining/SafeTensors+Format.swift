internal import TensorCore

// A file is the length of its header (8 bytes, little-endian), the header (JSON, padded with spaces), and the
// tensors' bytes one behind the other without a gap.

extension SafeTensors {
  /// What stands in the metadata of a file written here: it then must have a checksum.
  static let writerKey = "writer"
  static let writer = "swift-vae-zoo"
  /// The xxHash64 of the whole file, with zeros in the place of its own sixteen digits.
  static let checksumKey = "checksum"
  static let checksumPrefix = "xxh64:"

  /// Where the sixteen digits stand, if the header has them.
  static func checksumPlace(in header: ArraySlice<UInt8>) -> Range<Int>? {
    let pattern = Array("\"\(checksumKey)\":\"\(checksumPrefix)".utf8)
    let length = pattern.count
    guard header.count >= length + 16 else { return nil }
    for start in header.startIndex...(header.endIndex - length - 16)
    where header[start] == pattern[0]
      && header[start..<(start + length)].elementsEqual(pattern)
    {
      return (start + length)..<(start + length + 16)
    }
    return nil
  }

  /// The checksum's sixteen digits.
  static func digits(of bytes: [UInt8]) -> String {
    let digits = String(bytes.withUnsafeBytes(xxHash64), radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}

/// The formats of elements, as files name them.
enum FileFormat: String, CaseIterable {
  case float64 = "F64"
  case float32 = "F32"
  case bfloat16 = "BF16"
  case integer64 = "I64"
  case integer32 = "I32"
  case byte = "U8"

  init(_ dtype: DType) {
    self =
      switch dtype {
      case .float32: .float32
      case .float64: .float64
      case .int32: .integer32
      case .bfloat16: .bfloat16
      }
  }

  /// The same format in memory; 64-bit integers and bytes become int32.
  var dtype: DType? {
    switch self {
    case .float64: .float64
    case .float32: .float32
    case .bfloat16: .bfloat16
    case .integer32: .int32
    case .integer64, .byte: nil
    }
  }

  var byteCount: Int {
    switch self {
    case .float64, .integer64: 8
    case .float32, .integer32: 4
    case .bfloat16: 2
    case .byte: 1
    }
  }
}
