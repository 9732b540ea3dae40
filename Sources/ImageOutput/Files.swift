internal import SystemFiles

/// Reads a whole ordinary file.
///
/// A file longer than twice `byteLimit` is refused unread: compressed pixels are not longer than plain
/// ones, but for the odd byte a row and what a file holds beside them.
func readFile(_ path: String, byteLimit: Int) throws(PNGError) -> [UInt8] {
  do throws(FileFailure) {
    return try InputFile.contents(
      of: path, limit: byteLimit.multipliedReportingOverflow(by: 2).partialValue)
  } catch {
    throw PNGError(reason: .reading(error, limit: byteLimit), path: path)
  }
}

/// Puts `bytes` in the place of the file at `path`, or leaves that file as it was.
func replaceFile(_ path: String, with bytes: [UInt8]) throws(PNGError) {
  do throws(FileFailure) {
    try OutputFile.replace(path, with: bytes)
  } catch {
    throw PNGError(reason: .writing(error), path: path)
  }
}

extension PNGError.Reason {
  fileprivate static func reading(_ failure: FileFailure, limit: Int) -> PNGError.Reason {
    switch failure {
    case .missing: .missing
    case .folder: .folder
    case .special: .special
    case .tooLarge(let bytes): .fileTooLarge(bytes: bytes, limit: limit)
    case .system(let reason): .unreadable(reason)
    }
  }

  fileprivate static func writing(_ failure: FileFailure) -> PNGError.Reason {
    switch failure {
    case .folder: .folder
    case .special: .special
    case .system(let reason): .unwritable(reason)
    case .missing, .tooLarge: .unwritable("nothing stands there")
    }
  }
}
