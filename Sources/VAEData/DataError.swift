/// Why data could not be used: what, where, and what to do about it.
public struct DataError: Error, Sendable, Equatable, CustomStringConvertible {
  /// What sort of failure it is, which decides a command's exit status.
  public enum Kind: Sendable, Hashable, CaseIterable {
    /// There is nothing at the path, or no set of that name.
    case missing
    /// What is there cannot be used.
    case bad
    /// What was asked for does not fit the data.
    case usage
    /// A file could not be written.
    case unwritable

    /// The exit status of a command that fails so, as `sysexits.h` numbers them.
    public var exitStatus: Int32 {
      switch self {
      case .missing: 66
      case .bad: 65
      case .usage: 64
      case .unwritable: 73
      }
    }
  }

  /// What sort of failure it is.
  public let kind: Kind
  /// The file, folder or set, as the caller named it.
  public let path: String
  private let problem: String

  init(_ kind: Kind, _ path: String, _ problem: String) {
    self.kind = kind
    self.path = path
    self.problem = problem
  }

  /// The same failure with something more to be said of it.
  package func adding(_ words: String) -> DataError {
    var problem = problem
    while problem.hasSuffix(".") { problem.removeLast() }
    return DataError(kind, path, "\(problem); \(words).")
  }

  /// One sentence for the person who meets the error.
  public var description: String { "\(path): \(problem)" }
}

extension DataError {
  /// A row of a table that cannot be divided.
  init(_ path: String, _ line: Int, _ problem: TableScanner.Problem) {
    self.init(.bad, path, "line \(line), column \(problem.column) \(problem.advice).")
  }
}
