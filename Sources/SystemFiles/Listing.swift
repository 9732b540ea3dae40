/// Names for a sentence: all of them, or, where they are more than anybody reads, the first, how many more
/// there are, and where all stand.
package func listed(_ names: [String], allIn place: String? = nil) -> String {
  guard names.count > 40 else { return names.joined(separator: ", ") }
  return names.prefix(3).joined(separator: ", ") + " and \(names.count - 3) more"
    + (place.map { " (all in \($0))" } ?? "")
}
