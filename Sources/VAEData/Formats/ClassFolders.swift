internal import SystemFiles

/// Folders of files whose first-level subfolders are classes, or the parts of the data, each such a
/// folder.
enum ClassFolders {
  /// One file, with the class folder it lies in.
  struct File: Sendable {
    let path: String
    let className: String?
  }

  enum Part: CaseIterable {
    case train, validation, test

    /// The part that a folder's name tells.
    init?(_ name: String) {
      switch name.lowercased() {
      case "train", "training": self = .train
      case "val", "valid", "validation": self = .validation
      case "test", "testing": self = .test
      default: return nil
      }
    }
  }

  /// The folders of the parts, and a sentence for what lies beside them and is left out.
  ///
  /// Subfolders without any file that is looked for are nothing. A folder that holds nothing but another
  /// stands for that, as archives unpack.
  static func parts(
    of path: String, endings: [String]
  ) throws(DataError) -> (folders: [Part: String], notes: [String]) {
    var path = path
    while true {
      var parts: [Part: String] = [:]
      var (others, files): ([String], Int) = ([], 0)
      for name in try Folder.names(in: path) {
        let entry = "\(path)/\(name)"
        if PathKind(entry) != .folder {
          files += isWanted(name, endings) ? 1 : 0
        } else if try holdsFiles(entry, endings) {
          guard let part = Part(name) else {
            others.append(name)
            continue
          }
          if let other = parts[part] {
            throw DataError(
              .bad, path,
              "holds \(splitPath(other).name) and \(name), which are one part of the data; move one "
                + "of them away.")
          }
          parts[part] = entry
        }
      }
      if parts.isEmpty, files == 0, others.count == 1 {
        path += "/\(others[0])"
        continue
      }
      if let folders = try folders(parts, others, files, in: path) {
        guard files > 0 else { return (folders, []) }
        return (folders, ["\(path): \(files) files beside the folders of its parts are left out."])
      }
      // Among the classes of vehicles one may be the trains.
      let doubts = parts.values.map { splitPath($0).name }
      return (
        [.train: path],
        doubts.map {
          "\(path): \($0) is read as a class, beside \(listed(others))."
        }
      )
    }
  }

  /// The parts; nil where folders of such names are classes.
  private static func folders(
    _ parts: [Part: String], _ others: [String], _ files: Int, in path: String
  ) throws(DataError) -> [Part: String]? {
    let names = parts.values.map { splitPath($0).name }.sorted().joined(separator: ", ")
    if parts.isEmpty { return nil }
    if parts[.train] == nil {
      throw DataError(
        .bad, path,
        "holds \(names), parts of the data, and none called train; rename the folder to train on, or "
          + "name one of them.")
    }
    if others.isEmpty { return parts }
    if parts.count == 1 { return nil }
    throw DataError(
      .bad, path,
      "holds \(listed(others)) beside \(names), which are parts of the data; move "
        + "what is no part away.")
  }

  /// The files of a folder and its subfolders whose names end so, in the order of their paths.
  static func files(in path: String, endings: [String]) throws(DataError) -> [File] {
    var files: [File] = []
    try forEachFile(in: path, endings) { file in
      files.append(file)
      return true
    }
    return files
  }

  private static func holdsFiles(_ path: String, _ endings: [String]) throws(DataError) -> Bool {
    var isFound = false
    try forEachFile(in: path, endings) { _ in
      isFound = true
      return false
    }
    return isFound
  }

  private static func isWanted(_ name: String, _ endings: [String]) -> Bool {
    let name = name.lowercased()
    return endings.contains(where: name.hasSuffix)
  }

  /// Gives `body` each file until it answers false.
  private static func forEachFile(
    in path: String, _ endings: [String], _ body: (File) -> Bool
  ) throws(DataError) {
    var visited: Set<FileIdentity> = []
    var pending: [(path: String, className: String?, depth: Int)] = [(path, nil, 0)]
    while let folder = pending.popLast() {
      // A link may lead back to a folder above it.
      guard visited.insert(try Folder.identity(of: folder.path)).inserted else { continue }
      var below: [(path: String, className: String?, depth: Int)] = []
      for name in try Folder.names(in: folder.path) {
        let path = "\(folder.path)/\(name)"
        if isWanted(name, endings), PathKind(path) == .file {
          guard body(File(path: path, className: folder.className)) else { return }
        } else if PathKind(path) == .folder {
          below.append((path, folder.depth == 0 ? name : folder.className, folder.depth + 1))
        }
      }
      pending += below.reversed()
    }
  }
}
