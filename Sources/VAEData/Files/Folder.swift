#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// The contents of folders.
enum Folder {
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
