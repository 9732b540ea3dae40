#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// Hands out the lines of a file one by one, and holds no more of it than the longest.
final class LineReader {
  private let file: DataFile
  private var buffer: UnsafeMutableRawBufferPointer
  /// What has been read and not been handed out.
  private var waiting = 0..<0
  private var isAtEnd = false
  /// The number of the line handed out last, counted from 1.
  private(set) var lineNumber = 0
  /// The place in the file at which the next line begins.
  private(set) var position = 0

  private static let longest = 1 << 26

  init(_ path: String) throws(DataError) {
    file = try DataFile(path)
    buffer = .allocate(byteCount: 1 << 18, alignment: 16)
  }

  deinit { buffer.deallocate() }

  /// The next line without its end, valid until the next call; nil after the last.
  func next() throws(DataError) -> UnsafeRawBufferPointer? {
    var searched = 0
    while true {
      let unseen = buffer[(waiting.lowerBound + searched)..<waiting.upperBound]
      if let end = Self.lineEnd(in: UnsafeRawBufferPointer(rebasing: unseen)) {
        return take(searched + end, skipping: 1)
      }
      searched = waiting.count
      if isAtEnd { return waiting.isEmpty ? nil : take(searched, skipping: 0) }
      try refill()
    }
  }

  private static func lineEnd(in bytes: UnsafeRawBufferPointer) -> Int? {
    guard let base = bytes.baseAddress, let found = memchr(base, 0x0A, bytes.count) else {
      return nil
    }
    return UnsafeRawPointer(found) - base
  }

  private func take(_ count: Int, skipping end: Int) -> UnsafeRawBufferPointer {
    let line = buffer[waiting.lowerBound..<(waiting.lowerBound + count)]
    waiting = (waiting.lowerBound + count + end)..<waiting.upperBound
    lineNumber += 1
    position += count + end
    let isWindows = line.last == 0x0D
    return UnsafeRawBufferPointer(rebasing: isWindows ? line.dropLast() : line)
  }

  /// Reads more, after moving what waits to the front of a buffer that has room.
  private func refill() throws(DataError) {
    if waiting.count == buffer.count {
      guard buffer.count < Self.longest else {
        throw DataError(
          .bad, file.path,
          "line \(lineNumber + 1) is longer than \(Self.longest) bytes; check that it is text.")
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
    let got = try file.read(into: room)
    isAtEnd = got == 0
    waiting = 0..<(waiting.count + got)
  }
}
