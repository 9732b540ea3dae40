import CategoricalFamily
import Foundation
import GaussianFamily
import Layers
import RecurrentComponents
import TensorCore
import Testing
import TransformerComponents
import VAECore

/// Sequence VAEs with PyTorch's numbers; `Golden/make_sequences.py` writes the file.
private struct GoldenSequences: Decodable {
  struct Numbers: Decodable {
    var shape: [Int]
    var values: [Double]
    var tensor: Tensor { Tensor(values, shape: Shape(shape)) }

    func distance(from tensor: Tensor?) -> Double {
      guard let tensor, tensor.shape == Shape(shape) else { return .infinity }
      return zip(tensor.doubles, values).reduce(0) { max($0, abs($1.0 - $1.1)) }
    }
  }

  struct Case: Decodable {
    var kind: String
    var parameters: [String: Numbers]
    var gradients: [String: Numbers]
    var reconstruction: Numbers
    var kl: Numbers
    var loss: Numbers
  }

  var sentences: [[Int32]]
  var cases: [Case]
}

@Suite struct SequenceGoldenTests {
  private let tokens = SequenceFormat.tokens(vocabularySize: 9)

  @Test(arguments: ["gru", "lstm", "prefix", "crossAttention"])
  func modelsAgreeWithPyTorch(kind: String) throws {
    let url = try #require(
      Bundle.module.url(forResource: "Golden/sequences", withExtension: "json"))
    let golden = try JSONDecoder().decode(GoldenSequences.self, from: Data(contentsOf: url))
    let expected = try #require(golden.cases.first { $0.kind == kind })
    var key = RandomKey(seed: 1)
    if let cell = RecurrentCell(rawValue: kind) {
      let encoder = RecurrentEncoder(
        format: tokens, cell: cell, embedding: 4, hidden: 3, layerCount: 2, isBidirectional: true,
        using: &key)
      let decoder = RecurrentDecoder(
        format: tokens, latentCount: 3, parameterShape: [9], cell: cell, embedding: 4, hidden: 3,
        layerCount: 2, codeJoinsInputs: true, using: &key)
      try compare(encoder, decoder, golden.sentences, expected)
    } else {
      let encoder = TransformerEncoder(
        format: tokens, width: 4, headCount: 2, feedForward: 5, positions: .learned(limit: 6),
        using: &key)
      let decoder = TransformerDecoder(
        format: tokens, latentCount: 3, parameterShape: [9], width: 4, headCount: 2,
        feedForward: 5, positions: .learned(limit: 6),
        codeUse: kind == "prefix" ? .prefix : .crossAttention(slots: 2), using: &key)
      try compare(encoder, decoder, golden.sentences, expected)
    }
  }

  private func compare(
    _ encoder: some Encoder<Sequences>, _ decoder: some SequenceDecoder, _ sentences: [[Int32]],
    _ expected: GoldenSequences.Case
  ) throws {
    var key = RandomKey(seed: 2)
    let model = try SequenceVAE(
      encoder: encoder,
      posterior: DiagonalGaussianPosterior(
        featureCount: encoder.featureCount, latentCount: 3, using: &key),
      prior: StandardNormalPrior(latentCount: 3), decoder: decoder,
      likelihood: CategoricalLikelihood(vocabularySize: 9))
    let named = model.namedParameters
    #expect(Set(named.map(\.name)) == Set(expected.parameters.keys))
    for (name, parameter) in named {
      parameter.value = try #require(expected.parameters[name]).tensor
    }
    let x = Sequences(padding: sentences)
    var context = Context(isTraining: false, recordsGradients: true, key: key)
    let q = model.encode(x, &context)
    let output = model.generate(from: q.mean, &context)
    let reconstruction = -(try #require(output.logProbability(of: x, &context)))
    let kl = try #require(q.divergence(from: model.prior(x.count, &context))).total
    let loss = (reconstruction + kl).mean()
    #expect(expected.reconstruction.distance(from: reconstruction.value) < 1e-7)
    #expect(expected.kl.distance(from: kl.value) < 1e-7)
    #expect(expected.loss.distance(from: loss.value) < 1e-7)
    let gradients = loss.gradient(withRespectTo: named.map(\.parameter))
    for ((name, _), gradient) in zip(named, gradients) {
      let distance = expected.gradients[name]?.distance(from: gradient) ?? .infinity
      #expect(distance < 1e-7, "\(name)")
    }
  }
}
