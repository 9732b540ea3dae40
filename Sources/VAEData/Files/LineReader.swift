#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// Hands out the lines of a file one by one, and holds no more of it than the longest.
///
/// Lines end with LF, CRLF or CR.
final class LineReader {
  private let reader: RecordReader
  /// The number of the line handed out last, counted from 1.
  var lineNumber: Int { reader.line - 1 }
  /// Where in the file the next line begins.
  var offset: Int { reader.offset }
  /// Up to where in the file no LF is known to stand, so that it is not looked for again.
  private var isWithoutLF = 0

  convenience init(_ path: String) throws(DataError) { try self.init(ByteFile(path)) }

  init(_ file: ByteFile) throws(DataError) { reader = try RecordReader(file) }

  /// The next line without its end, valid until the next call; nil after the last.
  func next() throws(DataError) -> UnsafeRawBufferPointer? {
    let line = try reader.next { bytes, isAtEnd in
      let known = min(max(0, isWithoutLF - reader.offset), bytes.count)
      let end = Self.find(0x0A, in: bytes, from: known)
      isWithoutLF = end == nil ? reader.offset + bytes.count : 0
      let start = UnsafeRawBufferPointer(rebasing: bytes[..<(end ?? bytes.count)])
      guard let cr = Self.find(0x0D, in: start, from: 0) else {
        return end.map { (piece: $0, next: $0 + 1) }
      }
      if cr + 1 == bytes.count, !isAtEnd { return nil }
      return (piece: cr, next: cr + 1 == end ? cr + 2 : cr + 1)
    }
    guard let line else { return nil }
    reader.countLines(1)
    return line
  }

  private static func find(
    _ byte: UInt8, in bytes: UnsafeRawBufferPointer, from start: Int
  ) -> Int? {
    guard let base = bytes.baseAddress, start < bytes.count,
      let found = memchr(base + start, Int32(byte), bytes.count - start)
    else { return nil }
    return UnsafeRawPointer(found) - base
  }
}
