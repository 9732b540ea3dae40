internal import SystemFiles

/// A configuration that cannot be used: where, what was found, and what to write instead.
public struct ConfigurationError: Error, Sendable, Equatable, CustomStringConvertible {
  package enum Reason: Sendable, Equatable {
    case unknownKey(known: [String])
    case unknownName(kind: String, name: String, known: [String], place: String?)
    case wrongType(expected: String, found: String)
    case missing
    case invalid(String)
    case syntax(String)
  }

  package let reason: Reason
  /// The dotted path of the key, empty for the whole configuration.
  public let path: String

  package init(_ reason: Reason, at path: [String]) {
    self.reason = reason
    self.path = path.filter { !$0.isEmpty }.joined(separator: ".")
  }

  /// A value that has the right type but makes no sense; `problem` says why and what to do.
  public init(_ problem: String, at path: [String]) { self.init(.invalid(problem), at: path) }

  package static func unknownName(
    _ kind: String, _ name: String, known: [String], allIn place: String? = nil,
    at path: [String] = []
  ) -> ConfigurationError {
    ConfigurationError(
      .unknownName(kind: kind, name: name, known: known, place: place), at: path)
  }

  /// A name that nothing of a kind has; the nearest of those that are known is named.
  ///
  /// `place` is where those that are known can be read, if they may be too many for a sentence.
  public init(
    unknown kind: String, _ name: String, known: [String], allIn place: String? = nil,
    at path: [String] = []
  ) {
    self = .unknownName(kind, name, known: known, allIn: place, at: path)
  }

  /// The same error further down a tree.
  package func under(_ path: [String]) -> ConfigurationError {
    ConfigurationError(reason, at: path + [self.path])
  }

  /// One sentence for the person who wrote the configuration.
  public var description: String {
    switch reason {
    case .unknownKey(let known):
      "unknown key '\(path)'; " + ConfigurationError.advice(for: key, parent: parent, among: known)
    case .unknownName(let kind, let name, let known, let place):
      (path.isEmpty ? "" : "\(path): ") + "no \(kind) is called '\(name)'; "
        + ConfigurationError.advice(for: name, among: known, allIn: place)
    case .wrongType(let expected, let found): "\(place): expected \(expected), found \(found)"
    case .missing: "\(place): a value is missing"
    case .invalid(let problem): "\(place): \(problem)"
    case .syntax(let problem): "the configuration is not valid YAML: \(problem)"
    }
  }

  private var place: String { path.isEmpty ? "the configuration" : path }
  private var key: String { path.split(separator: ".").last.map(String.init) ?? path }
  private var parent: String { String(path.dropLast(key.count)) }

  private static func advice(
    for key: String, parent: String = "", among known: [String], allIn place: String? = nil
  ) -> String {
    let list =
      known.isEmpty ? "none are known here" : "known: \(listed(known, allIn: place))"
    guard let nearest = nearestName(to: key, among: known) else { return list }
    return "did you mean '\(parent)\(nearest)'? (\(list))"
  }
}

/// The known name that takes the fewest edits to reach, if it is near enough to be meant.
package func nearestName(to name: String, among known: [String]) -> String? {
  let scored = known.map { ($0, editDistance(Array(name.utf8), Array($0.utf8))) }
  guard let best = scored.min(by: { $0.1 < $1.1 }) else { return nil }
  return best.1 <= max(2, name.utf8.count / 2) ? best.0 : nil
}

/// The edits (insert, delete, replace) between two words.
private func editDistance(_ a: [UInt8], _ b: [UInt8]) -> Int {
  var previous = Array(0...b.count)
  for (i, x) in a.enumerated() {
    var current = [i + 1]
    for (j, y) in b.enumerated() {
      current.append(min(previous[j] + (x == y ? 0 : 1), previous[j + 1] + 1, current[j] + 1))
    }
    previous = current
  }
  return previous[b.count]
}
