import Foundation
import Layers
import TensorCore
import Testing

/// One layer for sequences as PyTorch gives it; `Golden/make_sequences.py` writes the file.
struct SequenceGoldenCase: Decodable, CustomTestStringConvertible {
  var kind: String
  var options: [String: Int]
  var lengths: [Int]
  var parameters: [String: GoldenCase.Numbers]
  var inputs: [GoldenCase.Numbers]
  var outputs: [GoldenCase.Numbers]
  var seeds: [GoldenCase.Numbers]
  var inputGradients: [GoldenCase.Numbers]
  var gradients: [String: GoldenCase.Numbers]

  var testDescription: String { "\(kind) \(inputs.map(\.shape)) \(lengths) \(options)" }

  static let all: [SequenceGoldenCase] = {
    guard let url = Bundle.module.url(forResource: "Golden/sequences", withExtension: "json"),
      let data = try? Data(contentsOf: url)
    else { return [] }
    return (try? JSONDecoder().decode([SequenceGoldenCase].self, from: data)) ?? []
  }()

  /// The layer, and its outputs for the inputs.
  func layer() throws -> (any Module, ([Variable], inout Context) -> [Variable]) {
    var key = RandomKey(seed: 1)
    let (lengths, x) = (lengths, inputs[0].shape)
    if let cell = RecurrentCell(rawValue: kind) {
      let directions = try #require(options["directions"])
      let layer = Recurrent(
        cell, x[2], outputs[0].shape[2] / directions, layerCount: try #require(options["layers"]),
        isBidirectional: directions == 2, using: &key)
      return (
        layer,
        { inputs, context in
          let initial = Array(inputs.dropFirst())
          let (y, final) = layer(inputs[0], lengths: lengths, initial: initial, &context)
          return [y] + final
        }
      )
    }
    if kind == "embedding" {
      let layer = Embedding(5, 3, using: &key)
      return (layer, { [layer($0[0].value.converted(to: .int32), &$1)] })
    }
    let layer = MultiHeadAttention(x[2], headCount: try #require(options["heads"]), using: &key)
    let isCausal = options["causal"] == 1
    return (
      layer,
      { inputs, context in
        inputs.count == 1
          ? [layer(inputs[0], lengths: lengths, isCausal: isCausal, &context)]
          : [layer(inputs[0], over: inputs[1], lengths: lengths, &context)]
      }
    )
  }
}

@Suite struct SequenceGoldenTests {
  @Test func theFileIsRead() { #expect(SequenceGoldenCase.all.count == 10) }

  @Test(arguments: SequenceGoldenCase.all, [DType.float32, .float64])
  func layerAgreesWithPyTorch(golden: SequenceGoldenCase, dtype: DType) throws {
    let (layer, run) = try golden.layer()
    #expect(layer.namedParameters.map(\.name).sorted() == golden.parameters.keys.sorted())
    for (name, parameter) in layer.namedParameters {
      parameter.value = try #require(golden.parameters[name]).tensor
    }
    layer.convert(to: dtype)
    let tolerance = dtype == .float32 ? 2e-5 : 1e-7
    let inputs = golden.inputs.map {
      Variable($0.tensor.converted(to: dtype), requiresGradient: true)
    }
    var context = Context(isTraining: true, recordsGradients: true, key: RandomKey(seed: 0))
    let outputs = run(inputs, &context)
    try #require(outputs.count == golden.outputs.count)
    var loss = Variable(Tensor(0, dtype: dtype))
    for (output, (expected, seed)) in zip(outputs, zip(golden.outputs, golden.seeds)) {
      #expect(largestDifference(output.value, expected.tensor) < tolerance)
      loss = loss + (output * Variable(seed.tensor.converted(to: dtype))).sum()
    }
    let targets = Array(inputs.prefix(golden.inputGradients.count))
    for (found, expected) in zip(
      loss.gradient(withRespectTo: targets), golden.inputGradients)
    {
      #expect(largestDifference(try #require(found), expected.tensor) < 4 * tolerance)
    }
    for (name, parameter) in layer.namedParameters {
      let found = try #require(loss.gradient(withRespectTo: [parameter])[0])
      let expected = try #require(golden.gradients[name]).tensor
      #expect(largestDifference(found, expected) < 8 * tolerance, "\(name)")
    }
  }
}
