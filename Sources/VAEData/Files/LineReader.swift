#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// Hands out the lines of a file one by one, and holds no more of it than the longest.
final class LineReader {
  private let reader: RecordReader
  /// The number of the line handed out last, counted from 1.
  var lineNumber: Int { reader.line - 1 }
  /// Where in the file the next line begins.
  var offset: Int { reader.offset }

  convenience init(_ path: String) throws(DataError) { try self.init(ByteFile(path)) }

  init(_ file: ByteFile) throws(DataError) { reader = try RecordReader(file) }

  /// The next line without its end, valid until the next call; nil after the last.
  func next() throws(DataError) -> UnsafeRawBufferPointer? {
    let line = try reader.next { bytes in
      Self.lineEnd(in: bytes).map { (piece: $0, next: $0 + 1) }
    }
    guard let line else { return nil }
    reader.countLines(1)
    return line.last == 0x0D ? UnsafeRawBufferPointer(rebasing: line.dropLast()) : line
  }

  private static func lineEnd(in bytes: UnsafeRawBufferPointer) -> Int? {
    guard let base = bytes.baseAddress, let found = memchr(base, 0x0A, bytes.count) else {
      return nil
    }
    return UnsafeRawPointer(found) - base
  }
}
