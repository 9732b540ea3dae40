#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// What the system says went wrong, and the remedy for the usual causes.
func systemReason(_ code: Int32 = errno) -> String {
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

/// Bytes of memory that the machine has.
var physicalMemory: Int { sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE)) }

/// What stands at a path.
enum PathKind {
  case missing
  case file
  case folder
  case other

  init(_ path: String) {
    var status = stat()
    guard stat(path, &status) == 0 else {
      self = errno == ENOENT || errno == ENOTDIR ? .missing : .other
      return
    }
    self.init(status)
  }

  init(_ status: stat) {
    switch status.st_mode & S_IFMT {
    case S_IFREG: self = .file
    case S_IFDIR: self = .folder
    default: self = .other
    }
  }
}

/// An ordinary file open for reading, closed when the last holder lets go.
final class InputFile: Sendable {
  let path: String
  /// Bytes in the file when it was opened.
  let count: Int
  let descriptor: Int32

  init(_ path: String) throws(DataError) {
    // Without the flag, opening a named pipe would wait for its other end.
    let file = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    guard file >= 0 else {
      throw errno == ENOENT
        ? DataError(.missing, path, "there is no such file; check the path.")
        : DataError(.bad, path, "cannot be read: \(systemReason()).")
    }
    var status = stat()
    let failure = fstat(file, &status) == 0 ? 0 : errno
    let kind = PathKind(status)
    guard failure == 0, kind == .file else {
      close(file)
      if failure != 0 { throw DataError(.bad, path, "cannot be read: \(systemReason(failure)).") }
      throw DataError(
        .bad, path,
        kind == .folder ? "is a folder; name a file in it." : "is not an ordinary file.")
    }
    self.path = path
    count = Int(status.st_size)
    descriptor = file
  }

  deinit { close(descriptor) }

  /// Reads the next bytes into `buffer`; 0 at the end of the file.
  func read(into buffer: UnsafeMutableRawBufferPointer) throws(DataError) -> Int {
    while true {
      #if canImport(Glibc)
        let got = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
      #elseif canImport(Musl)
        let got = Musl.read(descriptor, buffer.baseAddress, buffer.count)
      #elseif canImport(Darwin)
        let got = Darwin.read(descriptor, buffer.baseAddress, buffer.count)
      #endif
      if got >= 0 { return got }
      if errno != EINTR { throw DataError(.bad, path, "cannot be read: \(systemReason()).") }
    }
  }

  /// Up to `count` bytes from the start, to tell what the file is.
  static func prefix(of path: String, count: Int) throws(DataError) -> [UInt8] {
    let file = try InputFile(path)
    var bytes = [UInt8](repeating: 0, count: count)
    var filled = 0
    while filled < count {
      let got: Int = try bytes.withUnsafeMutableBufferPointer { buffer throws(DataError) in
        try file.read(into: UnsafeMutableRawBufferPointer(.init(rebasing: buffer[filled...])))
      }
      if got == 0 { break }
      filled += got
    }
    return Array(bytes.prefix(filled))
  }
}
