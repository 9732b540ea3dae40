import Foundation
import TensorCore
import Testing

@testable import VAEData

// Classes whose numbers lie far apart are few all the same.

@Suite struct FewClassesTests {
  private func open(_ labels: [Int]) throws -> ImageDataset {
    let path = FileManager.default.temporaryDirectory
      .appendingPathComponent("vae-classes-\(UUID().uuidString).csv").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    let rows = labels.enumerated().map { "\($1),0.\($0 % 9 + 1),0.5" }
    try (["label,a,b"] + rows).joined(separator: "\n").write(
      toFile: path, atomically: true, encoding: .utf8)
    var options = DataOptions()
    options.rowShape = [1, 2, 1]
    return try ImageDataset.open(path, options: options).train
  }

  @Test func numbersFarApartAreNames() throws {
    let data = try open([3000, 7, 7, 3000])
    #expect(data.labels == [1, 0, 0, 1])
    #expect(data.classNames == ["7", "3000"])
    #expect(data.classCount == 2)
    #expect(data.labelNames == ["3000", "7", "7", "3000"])
  }

  /// A class without examples keeps its place.
  @Test func numbersWithAGapStay() throws {
    let data = try open([0, 1, 9, 4, 5, 6])
    #expect(data.labels == [0, 1, 9, 4, 5, 6] && data.classNames == nil)
    #expect(data.classCount == 10)
  }
}
