#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

extension OutputFile {
  /// Puts what `write` writes in the place of the file at `path`, or leaves that file as it was.
  ///
  /// The bytes reach the disk under a temporary name in the same folder first, so that a crash at any
  /// moment leaves the old file or the new one, whole.
  package static func replace(
    _ path: String, write: (borrowing OutputFile) throws(FileFailure) -> Void
  ) throws(FileFailure) {
    switch PathKind(path) {
    case .missing, .file: break
    case .folder: throw .folder
    case .other: throw .special
    }
    let (folder, name) = splitPath(path)
    // Always the same name: what a crash leaves behind, the next write takes up.
    let temporary = "\(folder)/.\(name.prefix(200)).tmp"
    let file = try OutputFile(temporary)
    do throws(FileFailure) {
      try write(file)
      try file.sync()
      guard rename(temporary, path) == 0 else { throw .system() }
    } catch {
      unlink(temporary)
      throw error
    }
    // The new name has to reach the disk too; a file system that cannot promise it is no failure.
    let directory = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    if directory >= 0 {
      fsync(directory)
      close(directory)
    }
  }

  /// Puts `bytes` in the place of the file at `path`, or leaves that file as it was.
  package static func replace(_ path: String, with bytes: [UInt8]) throws(FileFailure) {
    try replace(path) { file throws(FileFailure) in try file.append(bytes) }
  }
}

/// A new file open for writing.
package struct OutputFile: ~Copyable {
  private let descriptor: Int32

  fileprivate init(_ path: String) throws(FileFailure) {
    descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw .system() }
  }

  deinit { close(descriptor) }

  /// Appends bytes.
  package func append(_ bytes: UnsafeRawBufferPointer) throws(FileFailure) {
    try writeAll(bytes, to: descriptor)
  }

  /// Appends bytes.
  package func append(_ bytes: [UInt8]) throws(FileFailure) {
    try bytes.withUnsafeBufferPointer { buffer throws(FileFailure) in
      try append(UnsafeRawBufferPointer(buffer))
    }
  }

  fileprivate func sync() throws(FileFailure) {
    guard fsync(descriptor) == 0 else { throw .system() }
  }
}

/// Writes every byte to an open file.
package func writeAll(
  _ bytes: UnsafeRawBufferPointer, to descriptor: Int32
) throws(FileFailure) {
  var written = 0
  while written < bytes.count {
    let count = write(descriptor, bytes.baseAddress.map { $0 + written }, bytes.count - written)
    if count < 0 && errno == EINTR { continue }
    guard count > 0 else { throw .system(count < 0 ? errno : EIO) }
    written += count
  }
}

/// Makes a folder and those above it, where they do not exist yet.
package func makeFolders(_ path: String) throws(FileFailure) {
  switch PathKind(path) {
  case .folder: return
  case .file, .other: throw .special
  case .missing: break
  }
  let parent = splitPath(path).folder
  if parent != path && parent != "." { try makeFolders(parent) }
  guard mkdir(path, 0o777) == 0 || errno == EEXIST else { throw .system() }
}
