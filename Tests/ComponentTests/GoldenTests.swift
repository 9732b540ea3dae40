import ConvComponents
import Foundation
import Layers
import TensorCore
import Testing
import VAECore

/// A network's numbers as PyTorch gives them; `Golden/make_golden.py` writes the file.
private struct GoldenNetwork: Decodable {
  struct Numbers: Decodable {
    var shape: [Int]
    var values: [Double]
    var tensor: Tensor { Tensor(values, shape: Shape(shape)) }
  }

  struct Half: Decodable {
    var parameters: [String: Numbers]
    var x: Numbers
    var y: Numbers

    /// Gives the module PyTorch's numbers, each of which it has to have a place for.
    func load(into module: some Module) throws {
      let named = module.namedParameters
      #expect(Set(named.map(\.name)) == Set(parameters.keys))
      for (name, parameter) in named {
        parameter.value = try #require(parameters[name]).tensor
      }
    }

    func distance(from result: Tensor) -> Double {
      guard result.shape == Shape(y.shape) else { return .infinity }
      return zip(result.doubles, y.values).reduce(0) { max($0, abs($1.0 - $1.1)) }
    }
  }

  var activation: Activation
  var batchNorm: Bool
  var encoder: Half
  var decoder: Half
}

@Suite struct GoldenTests {
  @Test(arguments: [0, 1]) func convolutionalNetworksAgreeWithPyTorch(index: Int) throws {
    let url = try #require(Bundle.module.url(forResource: "Golden/networks", withExtension: "json"))
    let cases = try JSONDecoder().decode([GoldenNetwork].self, from: Data(contentsOf: url))
    let golden = cases[index]
    var key = RandomKey(seed: 1)
    var context = Context.inference()

    let encoder = try ConvEncoder(
      observationShape: [7, 6, 2], stages: [ConvStage(3), ConvStage(4)], hidden: [5],
      activation: golden.activation, batchNorm: golden.batchNorm, using: &key)
    try golden.encoder.load(into: encoder)
    let features = encoder(Variable(golden.encoder.x.tensor), &context).value
    #expect(golden.encoder.distance(from: features) < 1e-6)

    let decoder = try ConvDecoder(
      latentCount: 2, hidden: [5], stages: [ConvStage(4), ConvStage(3)],
      parameterShape: [7, 6, 2], activation: golden.activation, batchNorm: golden.batchNorm,
      using: &key)
    try golden.decoder.load(into: decoder)
    let parameters = decoder(Variable(golden.decoder.x.tensor), &context).value
    #expect(golden.decoder.distance(from: parameters) < 1e-6)
  }
}
