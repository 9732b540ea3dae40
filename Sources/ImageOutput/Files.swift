#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// Reads a whole ordinary file.
///
/// A file longer than `byteLimit` is refused unread: compressed pixels are not longer than plain
/// ones, but for the odd byte a row and what a file holds beside them.
func readFile(_ path: String, byteLimit: Int) throws(PNGError) -> [UInt8] {
  // Without the flag, opening a named pipe would wait for its other end.
  let file = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
  guard file >= 0 else {
    throw PNGError(reason: errno == ENOENT ? .missing : .unreadable(systemReason()), path: path)
  }
  defer { close(file) }
  var status = stat()
  guard fstat(file, &status) == 0 else {
    throw PNGError(reason: .unreadable(systemReason()), path: path)
  }
  switch status.st_mode & S_IFMT {
  case S_IFREG: break
  case S_IFDIR: throw PNGError(reason: .folder, path: path)
  default: throw PNGError(reason: .special, path: path)
  }
  let size = Int(status.st_size)
  guard size / 2 <= byteLimit else {
    throw PNGError(reason: .fileTooLarge(bytes: size, limit: byteLimit), path: path)
  }
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
    throw PNGError(reason: .unreadable(systemReason(failure)), path: path)
  }
  return bytes
}

/// Puts `bytes` in the place of the file at `path`, or leaves that file as it was.
func replaceFile(_ path: String, with bytes: [UInt8]) throws(PNGError) {
  var status = stat()
  if stat(path, &status) == 0 {
    switch status.st_mode & S_IFMT {
    case S_IFREG: break
    case S_IFDIR: throw PNGError(reason: .folder, path: path)
    default: throw PNGError(reason: .special, path: path)
    }
  }
  let (folder, name) = split(path)
  let nonce = "\(getpid())-\(UInt32.random(in: 0 ... .max))"
  let temporary = "\(folder).\(name.prefix(40)).\(nonce).tmp"
  let file = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
  guard file >= 0 else { throw PNGError(reason: .unwritable(systemReason()), path: path) }

  var failure: Int32 = 0
  bytes.withUnsafeBytes { buffer in
    var written = 0
    while written < buffer.count {
      let count = write(file, buffer.baseAddress.map { $0 + written }, buffer.count - written)
      if count < 0 && errno == EINTR { continue }
      if count <= 0 {
        failure = count < 0 ? errno : EIO
        return
      }
      written += count
    }
  }
  if failure == 0 && fsync(file) != 0 { failure = errno }
  if close(file) != 0 && failure == 0 { failure = errno }
  if failure == 0 && rename(temporary, path) != 0 { failure = errno }
  guard failure == 0 else {
    unlink(temporary)
    throw PNGError(reason: .unwritable(systemReason(failure)), path: path)
  }
}

/// The folder of a path, with its slash if it has one, and the name in it.
private func split(_ path: String) -> (folder: Substring, name: Substring) {
  let start = path.lastIndex(of: "/").map(path.index(after:)) ?? path.startIndex
  return (path[..<start], path[start...])
}

/// What the system says went wrong, and the remedy for the usual causes.
private func systemReason(_ code: Int32 = errno) -> String {
  let remedy =
    switch code {
    case ENOSPC, EDQUOT: "; free some space and try again"
    case EACCES, EPERM: "; check who may use the file and its folder"
    case ENOENT, ENOTDIR: "; make its folder first"
    case EROFS: "; choose another folder"
    default: ""
    }
  return String(cString: strerror(code)).lowercased() + remedy
}
