internal import Glibc

/// Every byte of the file at `path`.
package func readFile(_ path: String, ifMissing remedy: String) throws(CheckpointError) -> [UInt8] {
  // Without the flag, opening a named pipe would wait for its other end.
  let file = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
  guard file >= 0 else {
    if errno == ENOENT || errno == ENOTDIR { throw CheckpointError(.missing, path, remedy) }
    throw CheckpointError(.damaged, path, systemReason())
  }
  defer { close(file) }
  var status = stat()
  guard fstat(file, &status) == 0 else {
    throw CheckpointError(.damaged, path, systemReason())
  }
  guard status.st_mode & S_IFMT == S_IFREG else {
    throw CheckpointError(.damaged, path, "it is not a file; give the path of a file")
  }
  let size = Int(status.st_size)
  var failure: Int32 = 0
  let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
    while count < size {
      let got = read(file, buffer.baseAddress.map { $0 + count }, size - count)
      if got < 0 && errno == EINTR { continue }
      if got < 0 { failure = errno }
      if got <= 0 { break }
      count += got
    }
  }
  guard failure == 0 else {
    throw CheckpointError(.damaged, path, systemReason(failure))
  }
  return bytes
}

/// Puts `bytes` in the place of the file at `path`, or leaves that file as it was.
///
/// The bytes reach the disk under a temporary name in the same folder first, so that a crash at any
/// moment leaves the old file or the new one, whole.
package func replaceFile(_ path: String, with bytes: [UInt8]) throws(CheckpointError) {
  let (folder, name) = split(path)
  // Always the same name: what a crash leaves behind, the next write takes up.
  let temporary = "\(folder)/.\(name).tmp"
  let file = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
  guard file >= 0 else { throw CheckpointError(.unwritable, path, systemReason()) }
  var failure = writeAll(bytes, to: file)
  if failure == 0 && fsync(file) != 0 { failure = errno }
  if close(file) != 0 && failure == 0 { failure = errno }
  if failure == 0 && rename(temporary, path) != 0 { failure = errno }
  guard failure == 0 else {
    unlink(temporary)
    throw CheckpointError(.unwritable, path, systemReason(failure))
  }
  // The new name has to reach the disk too; a file system that cannot promise it is no failure.
  let directory = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
  if directory >= 0 {
    fsync(directory)
    close(directory)
  }
}

/// Writes every byte; gives 0 or the system's error number.
func writeAll(_ bytes: [UInt8], to file: Int32) -> Int32 {
  bytes.withUnsafeBytes { buffer in
    var written = 0
    while written < buffer.count {
      let count = write(file, buffer.baseAddress.map { $0 + written }, buffer.count - written)
      if count < 0 && errno == EINTR { continue }
      if count <= 0 { return count < 0 ? errno : EIO }
      written += count
    }
    return 0
  }
}

/// Makes a folder and those above it, where they do not exist yet.
package func makeFolder(_ path: String) throws(CheckpointError) {
  var status = stat()
  if stat(path, &status) == 0 {
    guard status.st_mode & S_IFMT == S_IFDIR else {
      throw CheckpointError(.unwritable, path, "it is not a folder; choose another name")
    }
    return
  }
  let parent = split(path).folder
  if parent != path && parent != "." { try makeFolder(parent) }
  guard mkdir(path, 0o777) == 0 || errno == EEXIST else {
    throw CheckpointError(.unwritable, path, systemReason())
  }
}

/// Whether a file or folder stands at `path`.
package func fileExists(_ path: String) -> Bool {
  var status = stat()
  return stat(path, &status) == 0
}

/// The folder a path lies in, without a slash at its end, and the name in it.
private func split(_ path: String) -> (folder: String, name: String) {
  guard let slash = path.lastIndex(of: "/") else { return (".", path) }
  let folder = String(path[..<slash])
  return (folder.isEmpty ? "/" : folder, String(path[path.index(after: slash)...]))
}

/// What the system says went wrong, and the remedy for the usual causes.
func systemReason(_ code: Int32 = errno) -> String {
  let remedy =
    switch code {
    case ENOSPC, EDQUOT: "; free some space and try again"
    case EFBIG: "; raise the limit on the size of files (ulimit -f) and try again"
    case EACCES, EPERM: "; check who may use the file and its folder"
    case ENOENT, ENOTDIR, EROFS: "; choose another folder"
    case EISDIR, ENOTEMPTY, EEXIST: "; move the folder of that name away"
    default: ""
    }
  return String(cString: strerror(code)).lowercased() + remedy
}
