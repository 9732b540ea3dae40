/// The beats that an annotation file marks, in MIT's format.
///
/// - Source: Moody, "WFDB Applications Guide", page annot(5); the codes are those of `ecgcodes.h`.
struct WFDBBeats {
  /// A heart beat.
  struct Beat: Equatable {
    /// The sample it stands at.
    let sample: Int
    /// Whether it is of any kind but normal.
    let isAbnormal: Bool
  }

  let beats: [Beat]

  private static let normal = 1
  /// What annotates a beat, rather than noise, a change of rhythm or a remark.
  private static let codes = Set(Array(1...13) + [25, 30, 31, 34, 35, 38, 41])

  init(_ path: String) throws(DataError) {
    let region = try Region(mapping: DataFile(path))
    let bytes = region.bytes
    func word(_ place: Int) -> Int { Int(bytes[place]) | Int(bytes[place + 1]) << 8 }
    var beats: [Beat] = []
    var (place, sample) = (0, 0)
    while place + 2 <= bytes.count {
      let (code, value) = (word(place) >> 10, word(place) & 1023)
      place += 2
      switch code {
      case 0 where value == 0:
        self.beats = beats
        return
      case 59:
        // A long way to the next, its high half first.
        guard place + 4 <= bytes.count else { break }
        sample += Int(Int32(truncatingIfNeeded: word(place) << 16 | word(place + 2)))
        place += 4
      case 60, 61, 62: break
      case 63: place += value + value % 2
      default:
        sample += value
        if Self.codes.contains(code) {
          beats.append(Beat(sample: sample, isAbnormal: code != Self.normal))
        }
      }
    }
    throw DataError(.bad, path, "is cut short: its beats have no end; get a new copy.")
  }
}
