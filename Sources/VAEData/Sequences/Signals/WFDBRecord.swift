internal import SystemFiles

/// A record of PhysioNet's waveform database: a header file, files of signals, and beats beside them
/// where there are any.
///
/// Each sample of a signal stands once a frame; they become physical units, such as millivolts, by their
/// gain and baseline. Segments with the same signals follow each other.
///
/// - Source: Moody, "WFDB Applications Guide", pages header(5) and signal(5).
struct WFDBRecord {
  private let header: WFDBHeader
  /// The segments, or the record itself.
  private let parts: [WFDBHeader]

  /// Reads a header, and those of its segments.
  init(_ path: String) throws(DataError) {
    let header = try WFDBHeader(path)
    self.header = header
    guard !header.segments.isEmpty else {
      parts = [header]
      return
    }
    parts = try header.segments.map { name throws(DataError) in
      let segment = "\(splitPath(path).folder)/\(name)\(WFDBRecords.ending)"
      guard PathKind(segment) == .file else {
        throw DataError(
          .missing, path, "names the segment \(name), which is not beside it; add it.")
      }
      let part = try WFDBHeader(segment)
      guard part.segments.isEmpty else {
        throw DataError(.bad, segment, "is a segment with segments; get a new copy.")
      }
      return part
    }
    for part in parts
    where part.signals.map(\.description) != parts[0].signals.map(\.description) {
      throw DataError(
        .bad, part.path,
        "has other signals than \(parts[0].path), the segment it follows; open the header of one of "
          + "them.")
    }
  }

  /// The channels.
  var signals: [WFDBHeader.Signal] { parts[0].signals }

  /// The chosen channels as one series, in physical units.
  ///
  /// `columns` are descriptions of signals, or numbers from 1; none stands for all.
  func series(_ columns: [String]) throws(DataError) -> SeriesSet.Series {
    let chosen = columns.isEmpty ? Array(signals.indices) : try columns.map(place)
    let readers = try parts.map { part throws(DataError) in try Reader(part) }
    let count = readers.map(\.count).reduce(0, +)
    if let known = header.sampleCount, known > count {
      throw DataError(
        .bad, header.path,
        "is cut short: it says \(known) samples of each signal, but \(count) are in its segments; get "
          + "a new copy.")
    }
    let region = try Region(
      count: count * chosen.count * MemoryLayout<Float>.stride, for: header.path
    ) { memory throws(DataError) in
      var rest = memory.bindMemory(to: Float.self)[...]
      for reader in readers {
        let size = reader.count * chosen.count
        try reader.read(chosen, into: UnsafeMutableBufferPointer(rebasing: rest.prefix(size)))
        rest = rest.dropFirst(size)
      }
    }
    return SeriesSet.Series(name: header.path, region: region, offset: 0, length: count)
  }

  private func place(of column: String) throws(DataError) -> Int {
    if let place = signals.firstIndex(where: { $0.description == column }) { return place }
    if let number = Int(column), (1...signals.count).contains(number) { return number - 1 }
    let known = signals.map(\.description).joined(separator: ", ")
    throw DataError(
      .usage, header.path,
      "has no signal \"\(column)\": its signals are \(known); name one of them.")
  }

  /// The samples of a record without segments.
  private struct Reader {
    /// A signal in its file.
    private struct Channel {
      let samples: WFDBSamples
      /// Its place among the signals of the file, and how many there are.
      let place: Int
      let stride: Int
    }

    private let header: WFDBHeader
    private var channels: [Channel] = []
    /// Samples of each signal.
    let count: Int

    init(_ header: WFDBHeader) throws(DataError) {
      self.header = header
      var (least, shortest) = (Int.max, "")
      for (place, signal) in header.signals.enumerated() {
        let beside = header.signals.indices.filter {
          header.signals[$0].fileName == signal.fileName
        }
        guard beside.allSatisfy({ header.signals[$0].format == signal.format }) else {
          throw DataError(
            .bad, header.path, "has signals of several formats in one file; get a new copy.")
        }
        let file = "\(splitPath(header.path).folder)/\(signal.fileName)"
        guard PathKind(file) == .file else {
          throw DataError(
            .missing, header.path,
            "names the signals \(signal.fileName), which are not beside it; add them.")
        }
        let samples = WFDBSamples(
          try Region(mapping: DataFile(file)), signal.format, from: signal.start)
        channels.append(
          Channel(
            samples: samples, place: beside.firstIndex(of: place) ?? 0, stride: beside.count))
        let found = samples.count / beside.count
        if found < least { (least, shortest) = (found, file) }
      }
      let count = header.sampleCount ?? least
      guard count > 0, count <= least else {
        throw DataError(
          .bad, shortest,
          "is cut short: \(header.path) says \(count) samples of each signal, but \(least) are there; "
            + "get a new copy.")
      }
      self.count = count
    }

    func read(
      _ chosen: [Int], into out: UnsafeMutableBufferPointer<Float>
    ) throws(DataError) {
      for (next, place) in chosen.enumerated() {
        let (channel, signal) = (channels[place], header.signals[place])
        for step in 0..<count {
          let value = channel.samples(step * channel.stride + channel.place)
          guard value != channel.samples.format.missing else {
            throw DataError(
              .bad, header.path,
              "signal \(place + 1) has no value at sample \(step), counted from 0; fill such gaps, or "
                + "choose another signal.")
          }
          out[step * chosen.count + next] = Float((Double(value) - signal.baseline) / signal.gain)
        }
      }
    }
  }
}
