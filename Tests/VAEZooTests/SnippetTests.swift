import Foundation
import Testing

/// The composition that the README shows is the snippet that every build compiles.
@Test func theReadmeShowsTheSnippet() throws {
  let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()
  func text(_ path: String) throws -> String {
    try String(contentsOf: root.appendingPathComponent(path), encoding: .utf8)
  }
  let code = try text("Snippets/Compose.swift").drop { $0 != "\n" }.dropFirst()
  #expect(code.contains("VAE("))
  #expect(try text("README.md").contains("```swift\n\(code)```"))
}
