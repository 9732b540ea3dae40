internal import SystemFiles

/// Every byte of the file at `path`.
package func readFile(_ path: String, ifMissing remedy: String) throws(CheckpointError) -> [UInt8] {
  do throws(FileFailure) {
    return try InputFile.contents(of: path)
  } catch .missing {
    throw CheckpointError(.missing, path, remedy)
  } catch {
    throw CheckpointError(.damaged, path, error.reason)
  }
}

/// Puts `bytes` in the place of the file at `path`, or leaves that file as it was.
package func replaceFile(_ path: String, with bytes: [UInt8]) throws(CheckpointError) {
  do throws(FileFailure) {
    try OutputFile.replace(path, with: bytes)
  } catch {
    throw CheckpointError(.unwritable, path, error.reason)
  }
}

/// Puts lines of text in the place of the file at `path`, or leaves that file as it was.
package func replaceFile(_ path: String, with lines: [String]) throws(CheckpointError) {
  try replaceFile(path, with: Array((lines.joined(separator: "\n") + "\n").utf8))
}

/// Makes a folder and those above it, where they do not exist yet.
package func makeFolder(_ path: String) throws(CheckpointError) {
  do throws(FileFailure) {
    try makeFolders(path)
  } catch .special {
    throw CheckpointError(.unwritable, path, "it is not a folder; choose another name")
  } catch {
    throw CheckpointError(.unwritable, path, error.reason)
  }
}

extension FileFailure {
  /// What was wrong and what to do, to follow the name of the file.
  fileprivate var reason: String {
    switch self {
    case .missing, .special, .tooLarge: "it is not a file; give the path of a file"
    case .folder: "it is a folder, not a file; give the path of a file"
    case .system(let reason): reason
    }
  }
}
