/// The files of examples that have one each.
struct ExampleFiles: Sendable {
  /// The data, as it was named.
  let folder: String
  /// The files, in the order of the examples.
  let paths: [String]

  /// Where in the folder an example's file lies; nil of a file that is the data itself.
  func name(of example: Int) -> String? {
    let name = paths[example].utf8.dropFirst(folder.utf8.count).drop { $0 == UInt8(ascii: "/") }
    return name.isEmpty ? nil : String(Substring(name))
  }
}
