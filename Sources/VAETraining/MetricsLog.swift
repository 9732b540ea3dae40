internal import Glibc
internal import SystemFiles

/// `metrics.jsonl` while a run writes it; also what keeps two runs out of one folder.
final class MetricsLog {
  private let path: String
  private let file: Int32

  /// Opens the file and keeps the lines up to `step`; those beyond, and half a line a crash left, go.
  init(_ path: String, keepingUpTo step: Int) throws(CheckpointError) {
    self.path = path
    file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
    guard file >= 0 else { throw CheckpointError(.unwritable, path, systemReason()) }
    guard flock(file, LOCK_EX | LOCK_NB) == 0 else {
      throw CheckpointError(
        .unwritable, path, "another process is training in this folder; wait for it to end")
    }
    let bytes = try readFile(path, ifMissing: "")
    let kept = try Self.kept(bytes, upTo: step, path)
    guard kept == bytes.count || ftruncate(file, kept) == 0, lseek(file, 0, SEEK_END) == kept else {
      throw CheckpointError(.unwritable, path, systemReason())
    }
  }

  deinit {
    // A child process on its way to another program may still share the lock: closing would not end it.
    flock(file, LOCK_UN)
    close(file)
  }

  /// How many bytes at the start are whole lines of steps up to `step`.
  ///
  /// A line that cannot be read is no end: what follows it would be lost.
  private static func kept(
    _ bytes: [UInt8], upTo step: Int, _ path: String
  ) throws(CheckpointError) -> Int {
    var (start, number) = (0, 0)
    while let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) {
      number += 1
      if start < end {
        guard let line = try? JSONReader.read(bytes[start..<end]), let at = line["step"]?.integer
        else { throw .unreadable(line: number, of: path) }
        if at > step { break }
      }
      start = end + 1
    }
    return start
  }

  /// Adds lines in one piece and waits until they are on the disk.
  func append(_ metrics: [EpochMetrics]) throws(CheckpointError) {
    let text = metrics.map { $0.json + "\n" }.joined()
    let end = lseek(file, 0, SEEK_END)
    var failure: FileFailure?
    do throws(FileFailure) {
      try Array(text.utf8).withUnsafeBufferPointer { bytes throws(FileFailure) in
        try writeAll(UnsafeRawBufferPointer(bytes), to: file)
      }
    } catch { failure = error }
    if failure == nil && fsync(file) != 0 { failure = .system() }
    if case .system(let reason) = failure {
      ftruncate(file, end)
      throw CheckpointError(.unwritable, path, reason)
    }
  }
}
