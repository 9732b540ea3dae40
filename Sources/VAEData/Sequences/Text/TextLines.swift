/// Text files of which each line, or each window, is an example.
enum TextLines {
  /// A line an example; only the places of lines are kept.
  ///
  /// - Throws: ``DataError`` that names an empty line, unless the options pass over them.
  static func lines(_ path: String, _ options: TextOptions) throws(DataError) -> TextRecords {
    if path.hasSuffix(".gz") {
      let bytes = try contents(of: path)
      var store = TextStore(memory: bytes, path: path, unit: "line")
      try addLines(of: bytes, to: &store, options)
      return TextRecords(store: store)
    }
    let reader = try LineReader(path)
    var store = TextStore(file: try DataFile(path), unit: "line")
    var start = 0
    while let line = try reader.next() {
      try add(start..<(start + line.count), reader.lineNumber, to: &store, options)
      start = reader.position
    }
    return TextRecords(store: store)
  }

  private static func addLines(
    of bytes: [UInt8], to store: inout TextStore, _ options: TextOptions
  ) throws(DataError) {
    var (start, number) = (0, 0)
    while start < bytes.count {
      let end = bytes[start...].firstIndex(of: 0x0A) ?? bytes.count
      number += 1
      let isWindows = end > start && bytes[end - 1] == 0x0D
      try add(start..<(isWindows ? end - 1 : end), number, to: &store, options)
      start = end + 1
    }
  }

  private static func add(
    _ range: Range<Int>, _ number: Int, to store: inout TextStore, _ options: TextOptions
  ) throws(DataError) {
    guard range.isEmpty else { return store.add(range, number: number) }
    guard options.skipEmpty else {
      throw DataError(
        .bad, store.path,
        "line \(number) is empty; take it out, or pass over empty lines with "
          + "--set data.skip_empty=true.")
    }
  }

  /// Windows of so many characters over one long text; line ends are characters too.
  static func windows(
    _ path: String, _ window: Int, _ options: TextOptions
  ) throws(DataError) -> TextRecords {
    let bytes = try contents(of: path)
    let stride = options.stride ?? window
    // The places of characters (Unicode scalars): all bytes but those that continue one.
    var store = TextStore(memory: bytes, path: path, unit: "window")
    let places = bytes.indices.filter { bytes[$0] & 0xC0 != 0x80 }.map { UInt32($0) }
    var first = 0
    while first < places.count {
      let last = first + window
      let end = last < places.count ? Int(places[last]) : bytes.count
      store.add(Int(places[first])..<end)
      if last >= places.count { break }
      first += stride
    }
    return TextRecords(store: store)
  }

  /// A whole file, unpacked where it is gzipped.
  static func contents(of path: String) throws(DataError) -> [UInt8] {
    let file = try DataFile(path)
    guard path.hasSuffix(".gz") else {
      return try DataFile.prefix(of: path, count: file.count)
    }
    let reader = try GzipReader(file)
    var bytes: [UInt8] = []
    let piece = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 16)
    defer { piece.deallocate() }
    while true {
      let got = try reader.read(into: piece)
      bytes += piece[..<got]
      if got < piece.count { return bytes }
    }
  }
}
