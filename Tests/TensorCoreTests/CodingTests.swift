import Foundation
import TensorCore
import Testing

/// What configurations and files hold comes back as it was, and what they may not hold is refused.
@Suite struct CodingTests {
  @Test(arguments: Activation.allCases + [.leakyReLU(slope: 0.2), .elu(alpha: 1e-3)])
  func activationSurvivesCoding(_ activation: Activation) throws {
    let data = try JSONEncoder().encode([activation])
    #expect(try JSONDecoder().decode([Activation].self, from: data) == [activation])
  }

  @Test func usualActivationsAreWrittenAsNames() throws {
    let data = try JSONEncoder().encode([Activation.leakyReLU(), .elu(alpha: 0.5)])
    #expect(String(decoding: data, as: UTF8.self) == #"["leaky_relu","elu(0.5)"]"#)
  }

  @Test(arguments: [
    "rleu", "", "relu(1)", "elu(", "elu()", "elu(x)", "elu(1", "elu(1)(2)", "elu(nan)",
  ])
  func unknownActivationIsRefused(_ name: String) {
    #expect(throws: DecodingError.self) {
      try JSONDecoder().decode([Activation].self, from: JSONEncoder().encode([name]))
    }
  }

  @Test(arguments: [[], [0], [2, 3, 4]] as [Shape]) func shapeSurvivesCoding(_ shape: Shape) throws
  {
    let data = try JSONEncoder().encode(shape)
    #expect(try JSONDecoder().decode(Shape.self, from: data) == shape)
  }

  @Test(arguments: ["[-1]", "[4294967296, 4294967296]", "[1.5]", "{}"])
  func impossibleShapeIsRefused(_ text: String) {
    #expect(throws: DecodingError.self) {
      try JSONDecoder().decode(Shape.self, from: Data(text.utf8))
    }
  }
}
