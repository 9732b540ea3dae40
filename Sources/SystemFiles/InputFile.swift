#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// An ordinary file open for reading, closed when the last holder lets go.
package final class InputFile: Sendable {
  /// Where it stands.
  package let path: String
  /// Bytes in the file when it was opened.
  package let count: Int
  /// The system's handle.
  package let descriptor: Int32

  /// Opens a file.
  package init(_ path: String) throws(FileFailure) {
    // Without the flag, opening a named pipe would wait for its other end.
    let file = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    guard file >= 0 else { throw errno == ENOENT || errno == ENOTDIR ? .missing : .system() }
    var count = 0
    let kind = PathKind(descriptor: file, byteCount: &count)
    guard kind == .file else {
      let failure = FileFailure.system()
      close(file)
      switch kind {
      case .folder: throw .folder
      case .other: throw .special
      case .missing, .file: throw failure
      }
    }
    self.path = path
    self.count = count
    descriptor = file
  }

  deinit { close(descriptor) }

  /// Reads the next bytes into `buffer`; 0 at the end of the file.
  package func read(into buffer: UnsafeMutableRawBufferPointer) throws(FileFailure) -> Int {
    while true {
      let got = readBytes(descriptor, buffer.baseAddress, buffer.count)
      if got >= 0 { return got }
      if errno != EINTR { throw .system() }
    }
  }

  /// Reads bytes from `offset` on into `buffer`, from any thread; 0 at the end of the file.
  package func read(
    into buffer: UnsafeMutableRawBufferPointer, at offset: Int
  ) throws(FileFailure) -> Int {
    while true {
      let got = pread(descriptor, buffer.baseAddress, buffer.count, off_t(offset))
      if got >= 0 { return got }
      if errno != EINTR { throw .system() }
    }
  }

  /// The next bytes, up to `count` of them; fewer at the end of the file.
  package func read(_ count: Int) throws(FileFailure) -> [UInt8] {
    // All empty arrays share memory, which an initializer with room for nothing would write to.
    guard count > 0 else { return [] }
    var failure: FileFailure?
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      do throws(FileFailure) {
        while filled < count {
          let rest = UnsafeMutableRawBufferPointer(.init(rebasing: buffer[filled...]))
          let got = try read(into: rest)
          if got == 0 { break }
          filled += got
        }
      } catch { failure = error }
    }
    if let failure { throw failure }
    return bytes
  }

  /// Every byte of a file; one longer than `limit` is refused unread.
  package static func contents(
    of path: String, limit: Int = .max
  ) throws(FileFailure) -> [UInt8] {
    let file = try InputFile(path)
    guard file.count <= limit else { throw .tooLarge(file.count) }
    return try file.read(file.count)
  }
}

/// The system's `read`, which a method of that name hides.
private func readBytes(
  _ descriptor: Int32, _ base: UnsafeMutableRawPointer?, _ count: Int
) -> Int { read(descriptor, base, count) }
