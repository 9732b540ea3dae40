/// Biological sequences in FASTA: a line that begins with > names a sequence, whose letters follow in
/// one line or several.
enum FASTA {
  static func read(_ path: String) throws(DataError) -> TextRecords {
    var rest = try TextLines.contents(of: path)[...]
    var letters: [UInt8] = []
    var ranges: [Range<Int>] = []
    var (line, headerLine, start) = (0, 0, 0)
    func finish() throws(DataError) {
      guard headerLine > 0 else { return }
      guard letters.count > start else {
        throw DataError(.bad, path, "the sequence named in line \(headerLine) has no letters.")
      }
      ranges.append(start..<letters.count)
      start = letters.count
    }
    while !rest.isEmpty {
      line += 1
      let end = rest.firstIndex(of: 0x0A) ?? rest.endIndex
      let text = rest[..<end]
      rest = rest[min(end + 1, rest.endIndex)...]
      if text.first == UInt8(ascii: ">") {
        try finish()
        headerLine = line
      } else if headerLine > 0 {
        letters += text.filter { $0 > 0x20 }
      } else if text.contains(where: { $0 > 0x20 }) {
        throw DataError(.bad, path, "line \(line) comes before any line that begins with '>'.")
      }
    }
    try finish()
    guard !ranges.isEmpty else { throw DataError(.bad, path, "holds no sequence.") }
    var store = TextStore(memory: letters, path: path, unit: "sequence")
    for range in ranges { store.add(range) }
    return TextRecords(store: store)
  }
}
