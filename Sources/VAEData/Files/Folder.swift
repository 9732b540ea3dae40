internal import SystemFiles

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// The contents of folders.
enum Folder {
  /// What tells a folder from every other, whatever paths lead to it.
  struct Identity: Hashable {
    let device: UInt64
    let node: UInt64
  }

  static func identity(of path: String) throws(DataError) -> Identity {
    var status = stat()
    guard stat(path, &status) == 0 else {
      throw DataError(.bad, path, "cannot be read: \(systemReason()).")
    }
    return Identity(
      device: UInt64(truncatingIfNeeded: status.st_dev),
      node: UInt64(truncatingIfNeeded: status.st_ino))
  }

  /// The names in a folder in alphabetical order, hidden ones left out.
  static func names(in path: String) throws(DataError) -> [String] {
    guard let folder = opendir(path) else {
      throw DataError(.bad, path, "cannot be read: \(systemReason()).")
    }
    defer { closedir(folder) }
    var names: [String] = []
    while let entry = readdir(folder) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: Int(NAME_MAX) + 1) { String(cString: $0) }
      }
      if !name.hasPrefix(".") { names.append(name) }
    }
    return names.sorted()
  }
}
