/// A file of weights or of training state that cannot be read, written or used.
public struct CheckpointError: Error, Sendable, Equatable, CustomStringConvertible {
  /// What kind of remedy there is.
  public enum Kind: Sendable {
    /// The file does not exist.
    case missing
    /// The file is damaged, or is no such file at all.
    case damaged
    /// The file is sound, but belongs to another model, other data or other options.
    case mismatched
    /// The file could not be written; what stood in its place before still does.
    case unwritable
  }

  /// What kind of remedy there is.
  public let kind: Kind
  /// The file or folder.
  public let path: String
  let reason: String

  /// A line of `metrics.jsonl`, counted from 1, that holds no figures.
  package static func unreadable(line: Int, of path: String) -> CheckpointError {
    CheckpointError(
      .damaged, path, "line \(line) holds no figures of a run; mend that line or take it out")
  }

  /// A run folder that is not there any more.
  static func vanished(_ path: String, afterStep step: Int?) -> CheckpointError {
    let place = step.map { " after step \($0)" } ?? ""
    return CheckpointError(
      .unwritable, path,
      "it was deleted or moved, or part of it, while the run trained; training ended\(place), and "
        + "nothing was put in its place")
  }

  /// A run folder in whose place another stands.
  static func replaced(_ path: String, afterStep step: Int) -> CheckpointError {
    CheckpointError(
      .unwritable, path,
      "another folder took its place while the run trained; training ended after step \(step), and "
        + "the other is left as it is")
  }

  package init(_ kind: Kind, _ path: String, _ reason: String) {
    self.kind = kind
    self.path = path
    self.reason = reason
  }

  /// What was wrong, where, and what to do.
  public var description: String {
    switch kind {
    case .missing: "\(path) does not exist; \(reason)"
    case .damaged: "\(path) cannot be used: \(reason)"
    case .mismatched: "\(path) does not fit: \(reason)"
    case .unwritable: "\(path) cannot be written: \(reason)"
    }
  }
}
