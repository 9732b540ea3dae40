/// Samples of the signals in one file, one after the other, as the converter gave them.
///
/// - Source: Moody, "WFDB Applications Guide", page signal(5).
struct WFDBSamples {
  /// The formats that are read.
  enum Format: Int, CaseIterable {
    /// 16 bits, low byte first; high byte first; offset by 32768.
    case words = 16
    case swappedWords = 61
    case offsetWords = 160
    /// 24 and 32 bits, low byte first.
    case triples = 24
    case longs = 32
    /// 8 bits, offset by 128.
    case bytes = 80
    /// Pairs of 12 bits in three bytes.
    case pairs = 212

    /// What stands where there is no value.
    var missing: Int {
      switch self {
      case .words, .swappedWords, .offsetWords: -32768
      case .triples: -(1 << 23)
      case .longs: -(1 << 31)
      case .bytes: -128
      case .pairs: -2048
      }
    }

    /// Samples in so many bytes.
    func count(_ bytes: Int) -> Int {
      switch self {
      case .words, .swappedWords, .offsetWords: bytes / 2
      case .triples: bytes / 3
      case .longs: bytes / 4
      case .bytes: bytes
      case .pairs: bytes / 3 * 2 + (bytes % 3 == 2 ? 1 : 0)
      }
    }
  }

  private let region: Region
  let format: Format
  /// Bytes before the first.
  private let start: Int
  /// How many there are.
  let count: Int

  init(_ region: Region, _ format: Format, from start: Int) {
    (self.region, self.format, self.start) = (region, format, start)
    count = format.count(max(0, region.bytes.count - start))
  }

  func callAsFunction(_ place: Int) -> Int {
    func byte(_ place: Int) -> Int { Int(region.bytes[start + place]) }
    switch format {
    case .words:
      return Int(Int16(truncatingIfNeeded: byte(2 * place) | byte(2 * place + 1) << 8))
    case .swappedWords:
      return Int(Int16(truncatingIfNeeded: byte(2 * place + 1) | byte(2 * place) << 8))
    case .offsetWords: return (byte(2 * place) | byte(2 * place + 1) << 8) - 32768
    case .triples:
      let low = byte(3 * place) | byte(3 * place + 1) << 8
      return low | Int(Int8(truncatingIfNeeded: byte(3 * place + 2))) << 16
    case .longs:
      let low = byte(4 * place) | byte(4 * place + 1) << 8 | byte(4 * place + 2) << 16
      return low | Int(Int8(truncatingIfNeeded: byte(4 * place + 3))) << 24
    case .bytes: return byte(place) - 128
    case .pairs:
      let first = place / 2 * 3
      let high = byte(first + 1)
      let value =
        place % 2 == 0 ? byte(first) | (high & 15) << 8 : byte(first + 2) | (high >> 4) << 8
      return value > 2047 ? value - 4096 : value
    }
  }
}
