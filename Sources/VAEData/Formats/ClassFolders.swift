internal import SystemFiles

/// Folders of files whose first-level subfolders are classes, or the parts of the data, each such a
/// folder.
enum ClassFolders {
  /// One file, with the class folder it lies in.
  struct File: Sendable {
    let path: String
    let className: String?
  }

  enum Part: CaseIterable { case train, validation, test }

  /// The folders of the parts; all of it is what is trained on where a subfolder is none of them.
  static func parts(of path: String) throws(DataError) -> [Part: String] {
    var parts: [Part: String] = [:]
    for name in try Folder.names(in: path) where PathKind("\(path)/\(name)") == .folder {
      switch name.lowercased() {
      case "train", "training": parts[.train] = "\(path)/\(name)"
      case "val", "valid", "validation": parts[.validation] = "\(path)/\(name)"
      case "test", "testing": parts[.test] = "\(path)/\(name)"
      default: return [.train: path]
      }
    }
    return parts[.train] == nil ? [.train: path] : parts
  }

  /// The files of a folder and its subfolders whose names end so, in the order of their paths.
  static func files(in path: String, endings: [String]) throws(DataError) -> [File] {
    var files: [File] = []
    var visited: Set<Folder.Identity> = []
    var pending: [(path: String, className: String?, depth: Int)] = [(path, nil, 0)]
    while let folder = pending.popLast() {
      // A link may lead back to a folder above it.
      guard visited.insert(try Folder.identity(of: folder.path)).inserted else { continue }
      var below: [(path: String, className: String?, depth: Int)] = []
      for name in try Folder.names(in: folder.path) {
        let path = "\(folder.path)/\(name)"
        let lowercased = name.lowercased()
        if endings.contains(where: lowercased.hasSuffix), PathKind(path) == .file {
          files.append(File(path: path, className: folder.className))
        } else if PathKind(path) == .folder {
          below.append((path, folder.depth == 0 ? name : folder.className, folder.depth + 1))
        }
      }
      pending += below.reversed()
    }
    return files
  }
}
