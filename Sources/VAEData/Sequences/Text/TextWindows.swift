/// Windows of one long text.
struct TextWindows: TextFormat {
  /// Characters, or words, in a window and from the start of one to that of the next.
  let window: Int
  let stride: Int
  /// Whether words are counted; windows then begin and end with one.
  let countsWords: Bool

  var unit: String { "window" }

  func forEachRecord(
    in file: ByteFile, _ body: (TextRecord) throws(DataError) -> Void
  ) throws(DataError) {
    let reader = try LineReader(file)
    var offset = reader.offset
    // Starts of windows that have not ended, the oldest first, and units seen so far.
    var open: [Int] = []
    var (unit, number, end) = (0, 0, offset)
    func close(_ end: Int) throws(DataError) {
      let start = open.removeFirst()
      number += 1
      try body(TextRecord(offset: start, bytes: try file.bytes(start..<end), number: number))
    }
    while let line = try reader.next() {
      guard isUTF8(line) else {
        throw DataError(
          .bad, file.path, "line \(reader.lineNumber) is not UTF-8; convert the file to it.")
      }
      var isAmidWord = false
      for place in 0..<(reader.offset - offset) {
        // The end of the line is a character too, and divides words.
        let byte = place < line.count ? line[place] : 0x0A
        let isContinuation = byte & 0xC0 == 0x80
        let begins = countsWords ? !byte.isSpace && !isAmidWord : !isContinuation
        isAmidWord = !byte.isSpace
        if begins {
          if !countsWords, unit >= window, (unit - window) % stride == 0 {
            try close(offset + place)
          }
          if unit % stride == 0 { open.append(offset + place) }
          unit += 1
        }
        guard countsWords, isAmidWord else { continue }
        end = offset + place + 1
        let next = place + 1 < line.count ? line[place + 1] : 0x0A
        if next.isSpace, unit >= window, (unit - window) % stride == 0 { try close(end) }
      }
      offset = reader.offset
    }
    if !countsWords {
      end = offset
      if unit >= window, (unit - window) % stride == 0 { try close(end) }
    }
    // A text shorter than a window is one all the same.
    if number == 0, unit > 0 { try close(end) }
  }

  func example(in record: [UInt8]) -> TextExample { TextExample(text: record, label: nil) }
}

/// Whether bytes are UTF-8.
func isUTF8(_ bytes: some Collection<UInt8>) -> Bool {
  bytes.allSatisfy { $0 < 0x80 } || String(validating: bytes, as: UTF8.self) != nil
}
