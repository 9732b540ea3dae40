/// What the header of a record says.
///
/// - Source: Moody, "WFDB Applications Guide", page header(5).
struct WFDBHeader {
  /// One channel, as a line of the header describes it.
  struct Signal {
    let fileName: String
    let format: WFDBSamples.Format
    /// Bytes before the first sample of its file.
    let start: Int
    /// Steps of the converter in a physical unit.
    let gain: Double
    /// The converter's value of 0 physical units.
    let baseline: Double
    let description: String
  }

  /// The path of the header.
  let path: String
  /// The channels; none where the record has segments.
  let signals: [Signal]
  /// The names of the segments that follow each other; none where the record is one.
  let segments: [String]
  /// Samples of each signal; nil where the header does not say.
  let sampleCount: Int?

  init(_ path: String) throws(DataError) {
    self.path = path
    let reader = try LineReader(path)
    var lines: [(number: Int, fields: [Substring])] = []
    while lines.count < 1 << 16, let line = try reader.next() {
      let text = String(decoding: line, as: UTF8.self)
      if text.hasPrefix("#") || line.allSatisfy(\.isBlank) { continue }
      lines.append((reader.lineNumber, text.split(whereSeparator: { $0 == " " || $0 == "\t" })))
    }
    guard let first = lines.first?.fields, first.count >= 2, let count = Int(first[1]) else {
      throw DataError(
        .bad, path, "is no header of a record: it does not say how many signals there are.")
    }
    // A length of 0 is one that the header does not know.
    sampleCount = first.count > 3 ? Int(first[3]).flatMap { $0 == 0 ? nil : $0 } : nil
    let name = first[0].split(separator: "/", omittingEmptySubsequences: false)
    if name.count == 2, let segmentCount = Int(name[1]) {
      guard segmentCount > 0, lines.count > segmentCount else {
        throw DataError(
          .bad, path,
          "says \(segmentCount) segments, and has lines for \(lines.count - 1); get a new copy.")
      }
      segments = try lines[1...segmentCount].map { line throws(DataError) in
        try Self.segment(line.fields, path, line.number)
      }
      signals = []
      return
    }
    guard count > 0, lines.count > count else {
      throw DataError(
        .bad, path,
        "says \(count) signals, and has lines for \(lines.count - 1); get a new copy.")
    }
    signals = try lines[1...count].map { line throws(DataError) in
      try Self.signal(line.fields, path, line.number)
    }
    segments = []
  }

  /// `100s 21600`: the name of a segment and its length.
  private static func segment(
    _ fields: [Substring], _ path: String, _ line: Int
  ) throws(DataError) -> String {
    guard fields.count == 2, let length = Int(fields[1]) else {
      throw DataError(
        .bad, path, "line \(line) describes no segment that can be read; get a new copy.")
    }
    guard fields[0] != "~" else {
      throw DataError(
        .bad, path,
        "line \(line) leaves a gap of \(length) samples; open the segments before and behind it.")
    }
    guard length > 0 else {
      throw DataError(
        .bad, path,
        "line \(line) says that the signals differ from segment to segment; open the header of one "
          + "of them.")
    }
    return String(fields[0])
  }

  /// `100.dat 212 200(1024)/mV 11 1024 995 -22131 0 MLII`, from the third field on optional.
  private static func signal(
    _ fields: [Substring], _ path: String, _ line: Int
  ) throws(DataError) -> Signal {
    let unreadable = DataError(
      .bad, path, "line \(line) describes no signal that can be read; get a new copy.")
    guard fields.count >= 2 else { throw unreadable }
    // Behind the number of the format may stand samples a frame, a skew, and bytes before the first.
    let parts = fields[1].split(separator: "+", maxSplits: 1)
    let start = parts.count > 1 ? Int(parts[1]) : 0
    guard let start, start >= 0, let number = parts.first.flatMap({ Int($0) }) else {
      throw unreadable
    }
    guard let format = WFDBSamples.Format(rawValue: number) else {
      let known = WFDBSamples.Format.allCases.map(\.rawValue).sorted().map(String.init)
      throw DataError(
        .bad, path,
        "has signals of format \(number), and \(known.joined(separator: ", ")) are read; convert them "
          + "with xform.")
    }
    var (gain, baseline): (Double?, Double?)
    if fields.count > 2 {
      let parts = (fields[2].split(separator: "/").first ?? "").split(separator: "(")
      gain = parts.first.flatMap { Double($0) }
      baseline = parts.count > 1 ? Double(parts[1].dropLast()) : nil
      guard let gain, gain.isFinite, baseline?.isFinite != false else { throw unreadable }
    }
    // The converter's zero stands for a baseline that is not written.
    let zero = fields.count > 4 ? Double(fields[4]) : nil
    return Signal(
      fileName: String(fields[0]), format: format, start: start,
      // Without a gain, or with 0, the standard has 200 steps a unit.
      gain: gain.map { $0 == 0 ? 200 : $0 } ?? 200, baseline: baseline ?? zero ?? 0,
      description: fields.dropFirst(8).joined(separator: " "))
  }
}
