internal import SystemFiles

/// A record of PhysioNet's waveform database: a header file, a file of signals, and beats beside them
/// where there are any.
///
/// Read are signals of formats 16 and 212 in one file, each sample of a signal once a frame; they
/// become physical units, such as millivolts, by their gain and baseline.
///
/// - Source: Moody, "WFDB Applications Guide", pages header(5) and signal(5).
struct WFDBRecord {
  /// One channel, as a line of the header describes it.
  struct Signal {
    let fileName: String
    let format: Int
    /// Steps of the converter in a physical unit.
    let gain: Double
    /// The converter's value of 0 physical units.
    let baseline: Double
    let description: String
  }

  /// The path of the header.
  let path: String
  let signals: [Signal]
  /// Samples of each signal; nil where the header does not say.
  private let sampleCount: Int?

  /// Reads a header.
  init(_ path: String) throws(DataError) {
    self.path = path
    let reader = try LineReader(path)
    var lines: [(number: Int, fields: [Substring])] = []
    while lines.count < 1 << 10, let line = try reader.next() {
      let text = String(decoding: line, as: UTF8.self)
      if text.hasPrefix("#") || line.allSatisfy(\.isBlank) { continue }
      lines.append((reader.lineNumber, text.split(whereSeparator: { $0 == " " || $0 == "\t" })))
    }
    guard let first = lines.first?.fields, first.count >= 2, let count = Int(first[1]) else {
      throw DataError(
        .bad, path, "is no header of a record: it does not say how many signals there are.")
    }
    guard !first[0].contains("/") else {
      throw DataError(
        .bad, path, "is a record of several segments; open the header of one of them.")
    }
    guard count > 0, lines.count > count else {
      throw DataError(
        .bad, path,
        "says \(count) signals, and has lines for \(lines.count - 1); get a new copy.")
    }
    signals = try lines[1...count].map { line throws(DataError) in
      guard let signal = Self.signal(line.fields) else {
        throw DataError(
          .bad, path, "line \(line.number) describes no signal that can be read; get a new copy.")
      }
      return signal
    }
    sampleCount = first.count > 3 ? Int(first[3]) : nil
  }

  /// `100.dat 212 200(1024)/mV 11 1024 995 -22131 0 MLII`, from the third field on optional.
  private static func signal(_ fields: [Substring]) -> Signal? {
    guard fields.count >= 2 else { return nil }
    // What follows the number of the format (samples a frame, skew, bytes before the first) changes
    // where samples lie, and is not known here.
    guard let format = Int(fields[1]) else { return nil }
    var (gain, baseline): (Double?, Double?)
    if fields.count > 2 {
      let parts = (fields[2].split(separator: "/").first ?? "").split(separator: "(")
      gain = parts.first.flatMap { Double($0) }
      baseline = parts.count > 1 ? Double(parts[1].dropLast()) : nil
      guard let gain, gain.isFinite, baseline?.isFinite != false else { return nil }
    }
    // The converter's zero stands for a baseline that is not written.
    let zero = fields.count > 4 ? Double(fields[4]) : nil
    return Signal(
      fileName: String(fields[0]), format: format,
      // Without a gain, or with 0, the standard has 200 steps a unit.
      gain: gain.map { $0 == 0 ? 200 : $0 } ?? 200, baseline: baseline ?? zero ?? 0,
      description: fields.dropFirst(8).joined(separator: " "))
  }

  /// The chosen channels as one series, in physical units.
  ///
  /// `columns` are descriptions of signals, or numbers from 1; none stands for all.
  func series(_ columns: [String]) throws(DataError) -> SeriesSet.Series {
    let chosen = columns.isEmpty ? Array(signals.indices) : try columns.map(place)
    let (samples, count) = try samples()
    let region = try Region(
      count: count * chosen.count * MemoryLayout<Float>.stride, for: path
    ) { memory throws(DataError) in
      let out = memory.bindMemory(to: Float.self)
      for step in 0..<count {
        for (next, channel) in chosen.enumerated() {
          let value = samples(step * signals.count + channel)
          guard value != samples.missing else {
            throw DataError(
              .bad, path,
              "signal \(channel + 1) has no value at sample \(step), counted from 0; fill such "
                + "gaps, or choose another signal.")
          }
          let signal = signals[channel]
          out[step * chosen.count + next] = Float(
            (Double(value) - signal.baseline) / signal.gain)
        }
      }
    }
    return SeriesSet.Series(name: path, region: region, offset: 0, length: count)
  }

  private func place(of column: String) throws(DataError) -> Int {
    if let place = signals.firstIndex(where: { $0.description == column }) { return place }
    if let number = Int(column), (1...signals.count).contains(number) { return number - 1 }
    let known = signals.map(\.description).joined(separator: ", ")
    throw DataError(
      .usage, path, "has no signal \"\(column)\": its signals are \(known); name one of them.")
  }

  /// The file of signals, and how many samples of each it holds.
  private func samples() throws(DataError) -> (samples: WFDBSamples, count: Int) {
    let signal = signals[0]
    guard signals.allSatisfy({ $0.fileName == signal.fileName && $0.format == signal.format })
    else {
      throw DataError(
        .bad, path, "has signals in several files or formats, and one is read; convert it.")
    }
    let file = "\(splitPath(path).folder)/\(signal.fileName)"
    guard PathKind(file) == .file else {
      throw DataError(
        .missing, path, "names the signals \(signal.fileName), which are not beside it; add them.")
    }
    guard let samples = WFDBSamples(try Region(mapping: DataFile(file)), format: signal.format)
    else {
      throw DataError(
        .bad, path,
        "has signals of format \(signal.format), and 16 and 212 are read; convert them with xform.")
    }
    let found = samples.count / signals.count
    let count = sampleCount ?? found
    guard count > 0, count <= found else {
      throw DataError(
        .bad, file,
        "is cut short: \(path) says \(count) samples of each signal, but \(found) are there; "
          + "get a new copy.")
    }
    return (samples, count)
  }
}

/// Samples of all signals, one after the other, as the converter gave them.
private struct WFDBSamples {
  private let region: Region
  private let isPacked: Bool
  /// How many there are.
  let count: Int

  init?(_ region: Region, format: Int) {
    guard format == 16 || format == 212 else { return nil }
    self.region = region
    isPacked = format == 212
    // A pair of 12-bit numbers takes three bytes.
    let bytes = region.bytes.count
    count = isPacked ? bytes / 3 * 2 + (bytes % 3 == 2 ? 1 : 0) : bytes / 2
  }

  /// What stands where there is no value.
  var missing: Int { isPacked ? -2048 : -32768 }

  func callAsFunction(_ place: Int) -> Int {
    func byte(_ place: Int) -> Int { Int(region.bytes[place]) }
    guard isPacked else {
      return Int(Int16(truncatingIfNeeded: byte(2 * place) | byte(2 * place + 1) << 8))
    }
    let start = place / 2 * 3
    let high = byte(start + 1)
    let value =
      place % 2 == 0 ? byte(start) | (high & 15) << 8 : byte(start + 2) | (high >> 4) << 8
    return value > 2047 ? value - 4096 : value
  }
}
