#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// What stands at a path.
package enum PathKind {
  /// Nothing.
  case missing
  /// An ordinary file.
  case file
  /// A folder.
  case folder
  /// A device, a pipe, or what may not be looked at.
  case other

  /// Looks at a path.
  package init(_ path: String) {
    var status = stat()
    guard stat(path, &status) == 0 else {
      self = errno == ENOENT || errno == ENOTDIR ? .missing : .other
      return
    }
    self.init(mode: status.st_mode)
  }

  /// Looks at an open file; `.missing` where the system refuses, with the reason in `errno`.
  package init(descriptor: Int32, byteCount: inout Int) {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      self = .missing
      return
    }
    byteCount = Int(status.st_size)
    self.init(mode: status.st_mode)
  }

  private init(mode: mode_t) {
    switch mode & S_IFMT {
    case S_IFREG: self = .file
    case S_IFDIR: self = .folder
    default: self = .other
    }
  }
}

/// What tells a file or folder from every other, whatever paths lead to it.
package struct FileIdentity: Sendable, Hashable {
  private let device: UInt64
  private let node: UInt64

  /// That of what stands at a path; nil where the system finds nothing, with the reason in `errno`.
  package init?(_ path: String) {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    device = UInt64(truncatingIfNeeded: status.st_dev)
    node = UInt64(truncatingIfNeeded: status.st_ino)
  }
}

/// Whether a file or folder stands at `path`.
package func fileExists(_ path: String) -> Bool { access(path, F_OK) == 0 }

/// The folder a path lies in, without a slash at its end, and the name in it.
package func splitPath(_ path: String) -> (folder: String, name: String) {
  guard let slash = path.lastIndex(of: "/") else { return (".", path) }
  let folder = String(path[..<slash])
  return (folder.isEmpty ? "/" : folder, String(path[path.index(after: slash)...]))
}
