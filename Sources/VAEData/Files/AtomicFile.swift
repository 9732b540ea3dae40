#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// Puts what `write` writes in the place of the file at `path`, or leaves that file as it was.
///
/// It is written beside its place under another name, synced to the disk and renamed.
func replaceFile(
  _ path: String, write: (borrowing OutputFile) throws(DataError) -> Void
) throws(DataError) {
  switch PathKind(path) {
  case .missing, .file: break
  case .folder: throw DataError(.unwritable, path, "is a folder; name a file.")
  case .other: throw DataError(.unwritable, path, "is not an ordinary file; name another.")
  }
  let start = path.lastIndex(of: "/").map(path.index(after:)) ?? path.startIndex
  let nonce = "\(getpid())-\(UInt32.random(in: 0 ... .max))"
  let temporary = "\(path[..<start]).\(path[start...].prefix(40)).\(nonce).tmp"
  let file = try OutputFile(temporary, for: path)
  do throws(DataError) {
    try write(file)
    try file.sync()
    guard rename(temporary, path) == 0 else { throw OutputFile.failure(path) }
  } catch {
    unlink(temporary)
    throw error
  }
}

/// A new file open for writing.
struct OutputFile: ~Copyable {
  /// What errors call the file.
  private let path: String
  private let descriptor: Int32

  fileprivate init(_ temporary: String, for path: String) throws(DataError) {
    self.path = path
    descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw Self.failure(path) }
  }

  deinit { close(descriptor) }

  /// Appends bytes.
  func append(_ bytes: UnsafeRawBufferPointer) throws(DataError) {
    var written = 0
    while written < bytes.count {
      let count = write(
        descriptor, bytes.baseAddress.map { $0 + written }, bytes.count - written)
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { throw Self.failure(path, count < 0 ? errno : EIO) }
      written += count
    }
  }

  func append(_ bytes: [UInt8]) throws(DataError) {
    try bytes.withUnsafeBufferPointer { buffer throws(DataError) in
      try append(UnsafeRawBufferPointer(buffer))
    }
  }

  fileprivate func sync() throws(DataError) {
    guard fsync(descriptor) == 0 else { throw Self.failure(path) }
  }

  fileprivate static func failure(_ path: String, _ code: Int32 = errno) -> DataError {
    DataError(.unwritable, path, "cannot be written: \(systemReason(code)).")
  }
}
