/// Hands out a file in pieces that follow each other, and holds no more of it than the longest.
final class RecordReader {
  private let file: ByteFile
  private var buffer: UnsafeMutableRawBufferPointer
  /// What has been read and not been handed out.
  private var waiting = 0..<0
  /// Where in the file what waits begins.
  private(set) var offset = 0
  /// The line that what waits begins in, counted from 1.
  private(set) var line = 1
  private var isAtEnd = false

  private static let longest = 1 << 26

  /// Reads from the start, past a mark of UTF-8.
  init(_ file: ByteFile) throws(DataError) {
    self.file = file
    buffer = .allocate(byteCount: 1 << 18, alignment: 16)
    try refill()
    if let name = Self.otherEncoding(buffer[waiting].prefix(64)) {
      throw DataError(.bad, file.path, "is in \(name); save it as UTF-8.")
    }
    if buffer[waiting].starts(with: [0xEF, 0xBB, 0xBF]) { skip(3) }
  }

  /// The encoding of a text that begins so and is certainly not UTF-8.
  private static func otherEncoding(_ prefix: Slice<UnsafeMutableRawBufferPointer>) -> String? {
    if prefix.starts(with: [0xFF, 0xFE, 0, 0]) || prefix.starts(with: [0, 0, 0xFE, 0xFF]) {
      return "UTF-32"
    }
    if prefix.starts(with: [0xFF, 0xFE]) || prefix.starts(with: [0xFE, 0xFF]) { return "UTF-16" }
    // Letters of Latin in UTF-16 have a zero each, all at even places or all at odd ones.
    let zeros = prefix.indices.filter { prefix[$0] == 0 }.map { ($0 - prefix.startIndex) % 2 }
    return prefix.count >= 8 && 3 * zeros.count >= prefix.count && Set(zeros).count == 1
      ? "UTF-16" : nil
  }

  deinit { buffer.deallocate() }

  /// The next byte, which stays; nil at the end of the file.
  func peek() throws(DataError) -> UInt8? {
    if waiting.isEmpty, !isAtEnd { try refill() }
    return waiting.isEmpty ? nil : buffer[waiting.lowerBound]
  }

  /// Passes over bytes that wait.
  func skip(_ count: Int) {
    waiting = (waiting.lowerBound + count)..<waiting.upperBound
    offset += count
  }

  /// The next piece, valid until the next call; nil at the end of the file.
  ///
  /// `length` says how many of the bytes that wait the piece has, and after how many the next begins,
  /// or nil where more have to be read; it is told whether these are the last. At the end of the file
  /// the rest is a piece.
  func next(
    _ length: (_ bytes: UnsafeRawBufferPointer, _ isAtEnd: Bool) -> (piece: Int, next: Int)?
  ) throws(DataError) -> UnsafeRawBufferPointer? {
    while true {
      let unseen = UnsafeRawBufferPointer(rebasing: buffer[waiting])
      if !unseen.isEmpty, let found = length(unseen, isAtEnd) {
        return take(found.piece, skipping: found.next - found.piece)
      }
      if isAtEnd { return unseen.isEmpty ? nil : take(unseen.count, skipping: 0) }
      try refill()
    }
  }

  private func take(_ count: Int, skipping rest: Int) -> UnsafeRawBufferPointer {
    let piece = UnsafeRawBufferPointer(rebasing: buffer[waiting].prefix(count))
    skip(count + rest)
    return piece
  }

  /// Counts the lines that end in a piece and behind it.
  func countLines(_ count: Int) { line += count }

  /// Reads more, after moving what waits to the front of a buffer that has room.
  private func refill() throws(DataError) {
    if waiting.count == buffer.count {
      guard buffer.count < Self.longest else {
        throw DataError(
          .bad, file.path,
          "line \(line) is longer than \(Self.longest) bytes; check that it is text, and that "
            + "every quote ends.")
      }
      let larger = UnsafeMutableRawBufferPointer.allocate(
        byteCount: 2 * buffer.count, alignment: 16)
      larger.copyMemory(from: UnsafeRawBufferPointer(rebasing: buffer[waiting]))
      buffer.deallocate()
      buffer = larger
    } else if waiting.lowerBound > 0, let base = buffer.baseAddress {
      base.copyMemory(from: base + waiting.lowerBound, byteCount: waiting.count)
    }
    waiting = 0..<waiting.count
    let room = UnsafeMutableRawBufferPointer(rebasing: buffer[waiting.upperBound...])
    let got = try file.read(into: room, at: offset + waiting.count)
    isAtEnd = got == 0
    waiting = 0..<(waiting.count + got)
  }
}
