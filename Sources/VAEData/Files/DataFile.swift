internal import SystemFiles

/// An ordinary file open for reading, whose failures are those of data.
final class DataFile: Sendable {
  private let file: InputFile

  init(_ path: String) throws(DataError) {
    do throws(FileFailure) { file = try InputFile(path) } catch { throw DataError(error, path) }
  }

  var path: String { file.path }
  /// Bytes in the file when it was opened.
  var count: Int { file.count }
  var descriptor: Int32 { file.descriptor }

  /// Reads the next bytes into `buffer`; 0 at the end of the file.
  func read(into buffer: UnsafeMutableRawBufferPointer) throws(DataError) -> Int {
    do throws(FileFailure) {
      return try file.read(into: buffer)
    } catch { throw DataError(error, path) }
  }

  /// Reads bytes from `offset` on into `buffer`, from any thread; 0 at the end of the file.
  func read(
    into buffer: UnsafeMutableRawBufferPointer, at offset: Int
  ) throws(DataError) -> Int {
    do throws(FileFailure) {
      return try file.read(into: buffer, at: offset)
    } catch { throw DataError(error, path) }
  }

  /// Up to `count` bytes from the start of the file, or of what a gzip file stands for.
  static func unpackedPrefix(
    of path: String, count: Int
  ) throws(DataError) -> (bytes: [UInt8], isPacked: Bool) {
    let prefix = try prefix(of: path, count: count)
    guard prefix.starts(with: [0x1F, 0x8B]) else { return (prefix, false) }
    let reader = try GzipReader(try DataFile(path))
    var bytes = [UInt8](repeating: 0, count: count)
    let got = try bytes.withUnsafeMutableBufferPointer { buffer throws(DataError) in
      try reader.read(into: UnsafeMutableRawBufferPointer(buffer))
    }
    return (Array(bytes.prefix(got)), true)
  }

  /// Up to `count` bytes from the start, to tell what the file is.
  static func prefix(of path: String, count: Int) throws(DataError) -> [UInt8] {
    do throws(FileFailure) {
      return try InputFile(path).read(count)
    } catch { throw DataError(error, path) }
  }
}

/// Puts what `write` writes in the place of the file at `path`, or leaves that file as it was.
func replaceFile(
  _ path: String, write: (borrowing OutputFile) throws(FileFailure) -> Void
) throws(DataError) {
  do throws(FileFailure) {
    try OutputFile.replace(path, write: write)
  } catch {
    switch error {
    case .folder: throw DataError(.unwritable, path, "is a folder; name a file.")
    case .special, .missing, .tooLarge:
      throw DataError(.unwritable, path, "is not an ordinary file; name another.")
    case .system(let reason):
      throw DataError(.unwritable, path, "cannot be written: \(reason).")
    }
  }
}

extension DataError {
  /// Why a file could not be read.
  fileprivate init(_ failure: FileFailure, _ path: String) {
    switch failure {
    case .missing: self.init(.missing, path, "there is no such file; check the path.")
    case .folder: self.init(.bad, path, "is a folder; name a file in it.")
    case .special, .tooLarge: self.init(.bad, path, "is not an ordinary file.")
    case .system(let reason): self.init(.bad, path, "cannot be read: \(reason).")
    }
  }
}
