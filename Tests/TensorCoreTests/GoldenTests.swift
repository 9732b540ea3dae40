import Foundation
import TensorCore
import Testing

/// Values and gradients as PyTorch computes them; `Golden/make_golden.py` wrote them.
@Suite struct GoldenTests {
  /// A format, a precision of products, and how the primitive runs.
  struct Way: Sendable, CustomTestStringConvertible {
    let dtype: DType
    var precision = Precision.float32
    let execution: PrimitiveCase.Execution
    var testDescription: String { "\(dtype), products in \(precision), \(execution)" }

    static let all = PrimitiveCase.Execution.allCases.flatMap { execution in
      [
        Way(dtype: .float64, execution: execution), Way(dtype: .float32, execution: execution),
        Way(dtype: .float32, precision: .bfloat16, execution: execution),
      ]
    }
  }

  @Test(arguments: PrimitiveCase.golden, Way.all)
  func primitiveAgreesWithPyTorch(_ primitive: PrimitiveCase, in way: Way) throws {
    let dtype = way.dtype
    let golden = try #require(try Golden.entries()[primitive.name])
    let inputs = golden.inputs.map(\.tensor)
    try #require(inputs.map(\.shape) == primitive.inputs.map(\.shape))
    let outcome = primitive.outcome(
      of: inputs.map { $0.converted(to: dtype) }, seed: golden.seed.tensor,
      precision: way.precision, way.execution)
    // The file keeps ten digits; bfloat16 keeps eight bits of each operand, which some steps amplify.
    let tolerance =
      way.precision == .bfloat16
      ? (primitive.primitive == "gradient penalty" ? 0.15 : 0.05)
      : dtype == .float64 ? 1e-9 : Double.rounding(terms: inputs.map(\.count).max() ?? 0)
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
