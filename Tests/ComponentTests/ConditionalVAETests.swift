import BernoulliFamily
import CategoricalFamily
import ConvComponents
import ELBOObjective
import GaussianFamily
import Layers
import MLPComponents
import RecurrentComponents
import TensorCore
import Testing
import VAECore
import VAETestKit

private let shape: Shape = [5, 3, 2]

private typealias ImageModel<P: Prior> = ConditionalVAE<
  VAE<MLPEncoder, DiagonalGaussianPosterior, P, MLPDecoder, BernoulliLikelihood>
> where P.Value == Variable

/// Of three classes, which are told by four numbers.
private func model<P: Prior>(
  _ key: inout RandomKey, prior: (inout RandomKey) -> P
) throws -> ImageModel<P> where P.Value == Variable {
  try ConditionalVAE(
    VAE(
      encoder: MLPEncoder(observationShape: shape, hidden: [6], activation: .tanh, using: &key),
      posterior: DiagonalGaussianPosterior(featureCount: 10, latentCount: 2, using: &key),
      prior: prior(&key),
      decoder: MLPDecoder(
        latentCount: 6, hidden: [6], parameterShape: shape, activation: .tanh, using: &key),
      likelihood: BernoulliLikelihood(), conditionWidth: 4), classCount: 3)
}

private func images(_ count: Int, _ key: inout RandomKey) -> Labelled<Tensor> {
  Labelled(
    key.uniform([count] + shape),
    labels: Tensor((0..<count).map { Int32($0 % 4 - 1) }, shape: [count]))
}

@Suite struct ConditionalVAETests {
  @Test(arguments: ModelLaw.allCases) func standardPrior(obeys law: ModelLaw) throws {
    try law.check(observations: images) {
      try model(&$0) { _ in StandardNormalPrior(latentCount: 2) }
    }
  }

  @Test(arguments: ModelLaw.allCases) func priorOfAClass(obeys law: ModelLaw) throws {
    try law.check(observations: images) {
      try model(&$0) {
        ConditionalGaussianPrior(latentCount: 2, conditionWidth: 4, using: &$0)
      }
    }
  }

  @Test(arguments: ModelLaw.allCases) func sequences(obeys law: ModelLaw) throws {
    let format = SequenceFormat.tokens(vocabularySize: 7)
    try law.check(
      observations: { count, key in
        let texts = (0..<count).map { row in
          key.uniform([row % 3 + 1]).floats.map { 4 + Int32($0 * 3) } + [SpecialToken.end]
        }
        return Labelled(
          Sequences(padding: texts),
          labels: Tensor((0..<count).map { Int32($0 % 4 - 1) }, shape: [count]))
      }
    ) { key in
      try ConditionalVAE(
        SequenceVAE(
          encoder: RecurrentEncoder(
            format: format, cell: .gru, embedding: 4, hidden: 5, using: &key),
          posterior: DiagonalGaussianPosterior(featureCount: 9, latentCount: 2, using: &key),
          prior: StandardNormalPrior(latentCount: 2),
          decoder: RecurrentDecoder(
            format: format, latentCount: 6, parameterShape: [7], cell: .gru, embedding: 4,
            hidden: 5, using: &key),
          likelihood: CategoricalLikelihood(vocabularySize: 7), conditionWidth: 4), classCount: 3)
    }
  }

  /// log p and the divergence are those of the parts, to which the class was given by hand.
  @Test func itIsItsPartsWithTheClassBeside() throws {
    var key = RandomKey(seed: 1)
    let model = try model(&key) {
      ConditionalGaussianPrior(latentCount: 2, conditionWidth: 4, using: &$0)
    }
    let x = images(4, &key)
    let told = Variable(
      Tensor([1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1] as [Float], shape: [4, 4]))
    var (one, other) = (
      Context.inference(RandomKey(seed: 2)), Context.inference(RandomKey(seed: 2))
    )
    let output = model.infer(x, &one)
    let fit = output.logProbability(of: x, &one)

    let base = model.base
    let features = base.encoder(Variable(x.observations), &other)
    let q = base.posterior(.concatenated([features, told], along: 1), &other)
    other.condition = told
    let p = base.prior(4, &other)
    let z = q.sample(&other)
    let expected = base.output(from: .concatenated([z, told], along: 1), &other)
      .logProbability(of: Variable(x.observations), &other)
    let divergence = q.divergence(from: p)?.total
    #expect(one.sites[0].code.value == z.value)
    #expect(fit?.value == expected?.value)
    #expect(one.sites.divergence?.value == divergence?.value)
  }

  /// What is generated without a word is each class in turn, or the one that was asked for.
  @Test func oneClassCanBeAskedFor() throws {
    var key = RandomKey(seed: 1)
    let model = try model(&key) {
      ConditionalGaussianPrior(latentCount: 2, conditionWidth: 4, using: &$0)
    }
    #expect(model.typicalCondition(4).integers == [0, 1, 2, 0])
    #expect(model.ofClass(2).typicalCondition(2).integers == [2, 2])
    var (one, other) = (RandomKey(seed: 5), RandomKey(seed: 5))
    let twos = model.ofClass(2).sample(3, using: &one)
    #expect(twos.labels.integers == [2, 2, 2])
    #expect(
      twos.observations
        == model.sample(Tensor([2, 2, 2] as [Int32], shape: [3]), using: &other).observations)
    // Seen without labels, the class is one more code.
    let (codes, labels) = (key.normal([3, 2]), Tensor([1, 0, 2] as [Int32], shape: [3]))
    #expect(
      model.unlabelled.observations(from: model.codes(codes, of: labels))
        == model.observations(from: codes, labels).observations)
  }

  @Test func partsThatDoNotReadTheClassAreRefused() throws {
    var key = RandomKey(seed: 1)
    let base = try model(&key) { _ in StandardNormalPrior(latentCount: 2) }.base
    let error = #expect(throws: CompositionError.self) { try ConditionalVAE(base, classCount: 4) }
    #expect(error?.description.contains("by 5 numbers") == true)
    #expect(throws: CompositionError.self) {
      try VAE(
        encoder: base.encoder, posterior: base.posterior, prior: base.prior,
        decoder: base.decoder, likelihood: base.likelihood)
    }
    let strange = Labelled(key.uniform([1] + shape), labels: Tensor([3] as [Int32], shape: [1]))
    let model = try ConditionalVAE(base, classCount: 3)
    #expect(throws: ObservationError.self) { try model.validate(strange) }
  }
}
