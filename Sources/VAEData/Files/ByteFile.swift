internal import SystemFiles

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// Bytes that can be read anywhere, from any thread: a file, what a gzip file stands for, or memory.
final class ByteFile: Sendable {
  private enum Storage {
    case file(DataFile)
    case memory([UInt8])
  }

  private let storage: Storage
  /// What messages call it.
  let path: String
  /// Bytes in it.
  let count: Int

  /// Opens a file; what a gzip file stands for is unpacked into a temporary one, never into memory.
  init(_ path: String) throws(DataError) {
    self.path = path
    let isPacked = try DataFile.prefix(of: path, count: 2) == [0x1F, 0x8B]
    let file = try isPacked ? Self.unpacked(path) : DataFile(path)
    storage = .file(file)
    count = file.count
  }

  /// Bytes in memory.
  init(_ bytes: [UInt8], name: String) {
    path = name
    storage = .memory(bytes)
    count = bytes.count
  }

  /// Fills `buffer` with the bytes from `offset` on, and says how many there were.
  func read(
    into buffer: UnsafeMutableRawBufferPointer, at offset: Int
  ) throws(DataError) -> Int {
    switch storage {
    case .memory(let bytes):
      let part = bytes[min(offset, count)..<min(offset + buffer.count, count)]
      part.withUnsafeBytes { buffer.copyMemory(from: $0) }
      return part.count
    case .file(let file):
      var filled = 0
      while filled < buffer.count {
        let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[filled...])
        let got = try file.read(into: rest, at: offset + filled)
        if got == 0 { break }
        filled += got
      }
      return filled
    }
  }

  /// The bytes of a range that was there before.
  func bytes(_ range: Range<Int>) throws(DataError) -> [UInt8] {
    var failure: DataError?
    let bytes = [UInt8](unsafeUninitializedCapacity: range.count) { buffer, filled in
      do throws(DataError) {
        filled = try read(into: UnsafeMutableRawBufferPointer(buffer), at: range.lowerBound)
      } catch { failure = error }
    }
    if let failure { throw failure }
    guard bytes.count == range.count else { throw changed }
    return bytes
  }

  var changed: DataError { DataError(.bad, path, "changed while it was read; open it again.") }

  /// A file of what a gzip file stands for, which is gone once nobody holds it.
  private static func unpacked(_ path: String) throws(DataError) -> DataFile {
    let reader = try GzipReader(try DataFile(path))
    let folder = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
    var template = Array("\(folder)/vae-XXXXXX".utf8CString)
    let descriptor = mkstemp(&template)
    let name = template.withUnsafeBufferPointer { text in
      text.baseAddress.map { String(cString: $0) } ?? folder
    }
    guard descriptor >= 0 else {
      throw DataError(.unwritable, folder, "cannot unpack \(path) here: \(systemReason()).")
    }
    defer {
      close(descriptor)
      unlink(name)
    }
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 16)
    defer { buffer.deallocate() }
    while true {
      let got = try reader.read(into: buffer)
      if got == 0 { break }
      do throws(FileFailure) {
        try writeAll(UnsafeRawBufferPointer(rebasing: buffer[..<got]), to: descriptor)
      } catch {
        throw DataError(.unwritable, folder, "cannot unpack \(path) here: \(systemReason()).")
      }
    }
    return try DataFile(name)
  }
}
