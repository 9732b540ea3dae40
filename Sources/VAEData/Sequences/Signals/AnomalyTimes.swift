internal import SystemFiles

/// When series were anomalous: for each a list of first and last times, as JSON.
///
/// The form is that of the Numenta benchmark's `combined_windows.json`: the name of a file, and pairs of
/// times such as `2014-04-10 07:15:00.000000`. Times are compared as text, to the second.
///
/// - Source: Lavin and Ahmad, "Evaluating Real-time Anomaly Detection Algorithms: the Numenta Anomaly
///   Benchmark", 2015.
struct AnomalyTimes {
  private let path: String
  private let times: [(name: String, ranges: [ClosedRange<String>])]

  init(_ path: String) throws(DataError) {
    self.path = path
    let file = try DataFile(path)
    let region = try Region(mapping: file)
    let document: JSONValue
    do throws(JSONError) {
      document = try JSONReader.read(Array(region.bytes)[...])
    } catch {
      throw DataError(
        .bad, path, "is no JSON: it has \(error.problem) at byte \(error.offset); check the file.")
    }
    guard case .object(let members) = document else { throw Self.otherwise(path, "the file") }
    times = try members.map { member throws(DataError) in
      guard case .array(let items) = member.value else { throw Self.otherwise(path, member.name) }
      let ranges = try items.map { item throws(DataError) -> ClosedRange<String> in
        guard case .array(let pair) = item, pair.count == 2, let first = pair[0].text,
          let last = pair[1].text, first <= last
        else { throw Self.otherwise(path, member.name) }
        return Self.second(first)...Self.second(last)
      }
      return (member.name, ranges)
    }
  }

  private static func otherwise(_ path: String, _ what: String) -> DataError {
    DataError(
      .bad, path,
      "does not give \(what) as lists of pairs of times, the first before the last; check the file."
    )
  }

  /// A time without parts of a second.
  static func second(_ time: String) -> String {
    String(time.split(separator: ".", maxSplits: 1).first ?? "")
  }

  /// The anomalous times of the series in a file, known by the end of its path or its name.
  func callAsFunction(of file: String) throws(DataError) -> [ClosedRange<String>] {
    let found =
      times.first { "/\(file)".hasSuffix("/\($0.name)") }
      ?? times.first { splitPath($0.name).name == splitPath(file).name }
    guard let found else {
      throw DataError(
        .bad, path, "says nothing of \(splitPath(file).name); add it, with an empty list for none.")
    }
    return found.ranges
  }
}
