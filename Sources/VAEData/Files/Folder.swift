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
  static func identity(of path: String) throws(DataError) -> FileIdentity {
    guard let identity = FileIdentity(path) else {
      throw DataError(.bad, path, "cannot be read: \(systemReason()).")
    }
    return identity
  }

  /// Folders that systems put beside data, and that hold none.
  private static let systemNames: Set = [
    "__MACOSX", "@eaDir", "lost+found", "$RECYCLE.BIN", "System Volume Information",
  ]

  /// The folder that a path stands for: the one in it where it holds nothing else, as archives unpack.
  static func unwrapped(_ path: String) throws(DataError) -> String {
    var path = path
    var visited: Set<FileIdentity> = []
    while visited.insert(try identity(of: path)).inserted {
      let names = try names(in: path)
      guard names.count == 1, PathKind("\(path)/\(names[0])") == .folder else { break }
      path += "/\(names[0])"
    }
    return path
  }

  /// The names in a folder in alphabetical order, without hidden ones and those of systems.
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
      if !name.hasPrefix("."), !systemNames.contains(name) { names.append(name) }
    }
    return names.sorted()
  }
}
