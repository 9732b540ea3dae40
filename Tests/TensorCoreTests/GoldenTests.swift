import Foundation
import TensorCore
import Testing

/// Values and gradients as PyTorch computes them; `Golden/make_golden.py` wrote them.
@Suite struct GoldenTests {
  @Test(arguments: PrimitiveCase.golden, [DType.float64, .float32])
  func primitiveAgreesWithPyTorch(_ primitive: PrimitiveCase, in dtype: DType) throws {
    let golden = try #require(try Golden.entries()[primitive.name])
    let inputs = golden.inputs.map(\.tensor)
    try #require(inputs.map(\.shape) == primitive.inputs.map(\.shape))
    let outcome = primitive.outcome(
      of: inputs.map { $0.converted(to: dtype) }, seed: golden.seed.tensor)
    // The file keeps ten digits.
    let tolerance =
      dtype == .float64 ? 1e-9 : Double.rounding(terms: inputs.map(\.count).max() ?? 0)
    #expect(outcome.result.shape == golden.result.tensor.shape)
    #expect(outcome.result.distance(from: golden.result.tensor) <= tolerance)
    try #require(outcome.gradients.count == golden.gradients.count)
    for (found, expected) in zip(outcome.gradients, golden.gradients) {
      let found = try #require(found)
      #expect(found.shape == expected.tensor.shape)
      #expect(found.distance(from: expected.tensor) <= tolerance)
    }
  }

  @Test func everyPrimitiveHasGoldenValues() throws {
    let covered = Set(PrimitiveCase.golden.map(\.primitive))
    #expect(covered == Set(PrimitiveCase.all.map(\.primitive)))
  }

  @Test func everyGoldenValueHasACase() throws {
    #expect(Set(PrimitiveCase.golden.map(\.name)) == Set(try Golden.entries().keys))
  }
}

extension PrimitiveCase {
  /// The cases for which there are golden values.
  static let golden: [PrimitiveCase] = {
    let names = (try? Golden.entries().keys).map(Set.init) ?? []
    return all.filter { names.contains($0.name) }
  }()
}

/// One entry of the file.
private struct Golden: Decodable {
  struct Array: Decodable {
    var shape: Shape
    var values: [Double]
    var tensor: Tensor { Tensor(values, shape: shape) }
  }

  var inputs: [Array]
  var seed: Array
  var result: Array
  var gradients: [Array]

  static func entries() throws -> [String: Golden] { try file.get() }

  private static let file = Result {
    let url = try #require(
      Bundle.module.url(forResource: "primitives", withExtension: "json", subdirectory: "Golden"))
    return try JSONDecoder().decode([String: Golden].self, from: Data(contentsOf: url))
  }
}
