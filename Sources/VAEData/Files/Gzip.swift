internal import CZlib

/// Decompresses a gzip file piece by piece, into memory that the caller has.
final class GzipReader {
  private let file: DataFile
  private var stream = z_stream()
  private let input = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)
  private var isAtEnd = false

  /// The most bytes that the file can stand for: deflate stores at most 258 bytes in 2 bits.
  var largestCount: Int { file.count.multipliedReportingOverflow(by: 1032).partialValue }

  init(_ file: DataFile) throws(DataError) {
    self.file = file
    // 16 asks for the gzip wrapper, whose checksum is then verified.
    let status = inflateInit2_(
      &stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    guard status == Z_OK else {
      input.deallocate()
      throw DataError(.bad, file.path, "cannot be decompressed: zlib does not start.")
    }
  }

  deinit {
    inflateEnd(&stream)
    input.deallocate()
  }

  /// Fills `buffer` as far as the file goes, and says how far that is.
  func read(into buffer: UnsafeMutableRawBufferPointer) throws(DataError) -> Int {
    var filled = 0
    while filled < buffer.count && !isAtEnd {
      try refill()
      if isAtEnd { break }
      let room = min(buffer.count - filled, Int(UInt32.max))
      stream.next_out = buffer.baseAddress?.advanced(by: filled)
        .assumingMemoryBound(to: UInt8.self)
      stream.avail_out = UInt32(room)
      let status = inflate(&stream, Z_NO_FLUSH)
      filled += room - Int(stream.avail_out)
      switch status {
      case Z_OK, Z_BUF_ERROR: break
      case Z_STREAM_END: try nextMember()
      default:
        let why = stream.msg.map { String(cString: $0) } ?? "zlib error \(status)"
        throw DataError(.bad, file.path, "is damaged: \(why); get a new copy.")
      }
    }
    return filled
  }

  /// Checks that nothing follows what was read, and with it the checksum at the end of the file.
  func finish(after expected: Int) throws(DataError) {
    var byte: UInt8 = 0
    let more = try withUnsafeMutableBytes(of: &byte) { buffer throws(DataError) in
      try read(into: buffer)
    }
    guard more == 0 else {
      throw DataError(
        .bad, file.path,
        "holds more than the \(expected) bytes that its header says; get a new copy.")
    }
  }

  private func refill() throws(DataError) {
    guard stream.avail_in == 0 else { return }
    let got = try file.read(into: input)
    guard got > 0 else {
      throw DataError(
        .bad, file.path,
        "is cut short: the file of \(file.count) bytes ends amid the compressed data; "
          + "get a new copy.")
    }
    stream.next_in = input.baseAddress?.assumingMemoryBound(to: UInt8.self)
    stream.avail_in = UInt32(got)
  }

  /// A gzip file may hold several compressed pieces, one after the other.
  private func nextMember() throws(DataError) {
    if stream.avail_in == 0 {
      let got = try file.read(into: input)
      stream.next_in = input.baseAddress?.assumingMemoryBound(to: UInt8.self)
      stream.avail_in = UInt32(got)
    }
    // Zeros may pad the file's end.
    while stream.avail_in > 0, stream.next_in?.pointee == 0 {
      stream.next_in += 1
      stream.avail_in -= 1
    }
    if stream.avail_in == 0 { isAtEnd = true } else { inflateReset(&stream) }
  }
}
