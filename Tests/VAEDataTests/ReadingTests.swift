import Foundation
import Testing

/// `Documentation/Reading.md` names tests that there are.
@Test func theDocumentNamesTestsThatThereAre() throws {
  let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
  let root = tests.deletingLastPathComponent().deletingLastPathComponent()
  let document = try String(
    contentsOf: root.appendingPathComponent("Documentation/Reading.md"), encoding: .utf8)
  let files = FileManager.default.enumerator(
    at: tests.deletingLastPathComponent(), includingPropertiesForKeys: nil)
  let sources = try (files?.allObjects ?? []).compactMap { $0 as? URL }
    .filter { $0.pathExtension == "swift" }.map { try String(contentsOf: $0, encoding: .utf8) }
  let functions = Set(
    sources.joined().split(separator: "func ").compactMap { $0.split(separator: "(").first })
  var named = 0
  for line in document.split(separator: "\n") where line.hasPrefix("| ") {
    guard let cell = line.split(separator: "|").last(where: { $0 != " " }) else { continue }
    // Every second piece stands between marks; a name may tell its suite.
    for name in cell.split(separator: "`", omittingEmptySubsequences: false).enumerated()
    where name.offset % 2 == 1 {
      named += 1
      let function = name.element.split(separator: ".").last ?? ""
      let isThere = functions.contains(function)
      #expect(isThere, "\(name.element)")
    }
  }
  #expect(named > 50)
}
