import ClassifierHead
import ConvComponents
import ELBOObjective
import Foundation
import GaussianFamily
import Layers
import MLPComponents
import TensorCore
import Testing
import VAECore
import VAETestKit

private typealias Model = VAE<
  ConvEncoder, DiagonalGaussianPosterior, StandardNormalPrior, MLPDecoder, GaussianLikelihood
>

/// Batch normalization in the encoder, so that a frozen one has something to change.
private func model(using key: inout RandomKey) throws -> Model {
  try VAE(
    encoder: ConvEncoder(
      observationShape: [4, 3, 1], stages: [ConvStage(3)], hidden: [6], activation: .silu,
      batchNorm: true, using: &key),
    posterior: DiagonalGaussianPosterior(featureCount: 6, latentCount: 2, using: &key),
    prior: StandardNormalPrior(latentCount: 2),
    decoder: MLPDecoder(
      latentCount: 2, hidden: [5], parameterShape: [4, 3, 1], activation: .tanh, using: &key),
    likelihood: GaussianLikelihood(scale: .fixed(1)))
}

private func observations(_ count: Int, _ key: inout RandomKey) -> Tensor {
  key.uniform([count, 4, 3, 1])
}

private func labels(_ count: Int) -> Tensor {
  Tensor((0..<count).map { ($0 + 1) % 3 }, shape: [count])
}

private func classification<F: FeatureExtractor>(
  _ features: F, hidden: [Int] = [], using key: inout RandomKey
) -> Classification<F> {
  Classification(
    features,
    head: ClassifierHead(
      featureCount: features.featureCount, hidden: hidden, classCount: 3, activation: .tanh,
      using: &key))
}

/// What is trained, in every form.
private enum Form: CaseIterable {
  case elements, tokens, frames, frozenCodes, codes, frozenDecoded, decoded, joint

  func check(_ law: ObjectiveLaw) throws {
    switch self {
    case .elements:
      try check(law) { classification(ElementFeatures(observationShape: [4, 3, 1]), using: &$0) }
    case .tokens: try check(law, .tokens(vocabularySize: 6))
    case .frames: try check(law, .frames(featureCount: 2))
    case .frozenCodes:
      try check(law) {
        try classification(frozen(law, CodeFeatures(model(using: &$0))), using: &$0)
      }
    case .codes:
      try check(law) {
        try classification(CodeFeatures(model(using: &$0)), hidden: [4], using: &$0)
      }
    case .frozenDecoded:
      try check(law) {
        try classification(frozen(law, DecodedFeatures(model(using: &$0))), using: &$0)
      }
    case .decoded:
      try check(law) {
        try classification(DecodedFeatures(model(using: &$0)), hidden: [4], using: &$0)
      }
    case .joint:
      try check(law) {
        let model = try model(using: &$0)
        return JointClassification(
          ELBO(model, klWeight: .linear(steps: 8)),
          with: classification(CodeFeatures(model), using: &$0), weight: 3)
      }
    }
  }

  private func check(_ law: ObjectiveLaw, _ format: SequenceFormat) throws {
    try law.check(format: format, labels: labels, klWeight: nil) {
      classification(StepFeatures(stepShape: format.stepShape), using: &$0)
    }
  }

  /// Frozen features hide their parameters, so the law of gradients cannot bring them to float64.
  private func frozen<F: FeatureExtractor>(_ law: ObjectiveLaw, _ base: F) -> FrozenFeatures<F> {
    if law == .gradient { base.convert(to: .float64) }
    return FrozenFeatures(base)
  }

  private func check<O: Objective<Batch<Tensor>>>(
    _ law: ObjectiveLaw, _ make: @escaping (inout RandomKey) throws -> O
  ) throws {
    try law.check(observations: observations, labels: labels, klWeight: nil, make)
  }
}

@Suite struct ClassifierTests {
  /// A classifier alone has no elbo, of which the law of terms speaks, and counts of tokens are
  /// float32, where the law of gradients asks for float64.
  @Test(arguments: ObjectiveLaw.allCases, Form.allCases)
  fileprivate func everyForm(obeys law: ObjectiveLaw, form: Form) throws {
    guard law != .terms || form == .joint, law != .gradient || form != .tokens else { return }
    try form.check(law)
  }

  @Test(arguments: ModuleLaw.allCases) func head(obeys law: ModuleLaw) throws {
    try law.check { ClassifierHead(featureCount: 4, hidden: [3], classCount: 5, using: &$0) }
  }

  /// A step on frozen features leaves the encoder to the last bit, its running statistics too.
  @Test func aFrozenEncoderStays() throws {
    var key = RandomKey(seed: 2)
    let model = try model(using: &key)
    let before = model.namedParameters.map(\.parameter.value)
    let frozen = classification(FrozenFeatures(CodeFeatures(model)), using: &key)
    #expect(
      frozen.namedParameters.map(\.name) == [
        "head.mean", "head.scale", "head.layers.0.weight", "head.layers.0.bias",
      ])
    let batch = Batch(observations: observations(5, &key), labels: labels(5), count: 5)
    var context = Context.training(key)
    let loss = frozen.loss(on: batch, &context)
    #expect(
      loss.total.gradient(withRespectTo: model.trainableParameters).allSatisfy { $0 == nil })
    #expect(model.namedParameters.map(\.parameter.value) == before)
    // Fine-tuned, its statistics follow the batch.
    _ = classification(CodeFeatures(model), using: &key).loss(on: batch, &context)
    #expect(model.namedParameters.map(\.parameter.value) != before)
  }

  /// The joint loss is the sum of its parts, whose noise comes from the same key.
  @Test func theJointLossIsTheSum() throws {
    var key = RandomKey(seed: 3)
    let model = try model(using: &key)
    let classifier = classification(CodeFeatures(model), using: &key)
    let batch = Batch(observations: observations(4, &key), labels: labels(4), count: 4)
    func loss(_ objective: some Objective<Batch<Tensor>>) -> Loss {
      var context = Context.inference(key)
      return objective.loss(on: batch, &context)
    }
    let joint = loss(JointClassification(ELBO(model), with: classifier, weight: 2.5))
    let expected =
      loss(ELBO(model)).total.value.item + 2.5 * loss(classifier).total.value.item
    #expect(abs(joint.total.value.item - expected) < 1e-5 * expected)
    #expect(
      joint.terms.map(\.key) == ["reconstruction", "kl", "elbo", "cross_entropy", "accuracy"])
  }

  @Test func labelsAreChecked() throws {
    var key = RandomKey(seed: 4)
    let objective = classification(ElementFeatures(observationShape: [4, 3, 1]), using: &key)
    func message(_ labels: Tensor?) -> String? {
      let batch = Batch(observations: observations(2, &key), labels: labels, count: 2)
      do {
        try objective.validate(batch)
        return nil
      } catch { return error.description }
    }
    #expect(message(labels(2)) == nil)
    #expect(message(nil)?.contains("no labels") == true)
    #expect(message(Tensor([0, 3], shape: [2]))?.contains("label 3") == true)
    #expect(message(Tensor([-1, 0], shape: [2]))?.contains("label -1") == true)
  }

  @Test func aHeadStandardizesItsFeatures() {
    var key = RandomKey(seed: 5)
    let head = ClassifierHead(featureCount: 2, classCount: 2, using: &key)
    let features = Tensor([1 as Float, 7, 3, 7, 5, 7], shape: [3, 2])
    var context = Context.inference()
    head.standardize(on: features)
    let moved = head(Variable(features), &context).value
    let deviation = Float(8.0 / 3).squareRoot()
    let plain = Tensor([-2 / deviation, 0, 0, 0, 2 / deviation, 0] as [Float], shape: [3, 2])
    let weights = head.namedParameters.filter(\.parameter.isTrainable).map(\.parameter)
    let expected = Variable(plain).linear(
      Variable(weights[0].value), bias: Variable(weights[1].value), activation: .identity)
    #expect(zip(moved.doubles, expected.value.doubles).allSatisfy { abs($0 - $1) < 1e-6 })
  }

  /// How often each token stands, and the mean frame; padding counts for nothing.
  @Test func stepsAreCountedAndAveraged() {
    let tokens = Sequences(padding: [[4, 2], [5, 5, 4, 2]] as [[Int32]])
    #expect(
      StepFeatures(stepShape: [6]).features(of: tokens).doubles
        == [0, 0, 1, 0, 1, 0, 0, 0, 1, 0, 1, 2])
    let frames = Sequences(padding: [
      Tensor([1 as Float, 2, 3, 6], shape: [2, 2]), Tensor([5 as Float, 7], shape: [1, 2]),
    ])
    #expect(
      StepFeatures(stepShape: [2]).features(of: frames).doubles == [2, 4, 5, 7])
  }

  @Test func lossAndGradientsArePyTorchs() throws {
    for golden in try Golden.all() {
      var key = RandomKey(seed: 1)
      let objective = Classification(
        ElementFeatures(observationShape: [4]),
        head: ClassifierHead(featureCount: 4, hidden: golden.hidden, classCount: 5, using: &key))
      objective.convert(to: .float64)
      let named = objective.namedParameters.filter(\.parameter.isTrainable)
      for (name, parameter) in named {
        parameter.value = try #require(golden.parameters[name]).tensor
      }
      #expect(named.count == golden.parameters.count)
      let batch = Batch(
        observations: golden.x.tensor, labels: Tensor(golden.labels, shape: [6]), count: 6)
      var context = Context.training(key)
      let loss = objective.loss(on: batch, &context)
      #expect(abs(loss.total.value.item - golden.loss) < 1e-8)
      #expect(abs((loss.terms[0].value.doubles.reduce(0, +)) / 6 - golden.accuracy) < 1e-12)
      let gradients = loss.total.gradient(withRespectTo: named.map(\.parameter))
      for ((name, _), gradient) in zip(named, gradients) {
        let expected = try #require(golden.gradients[name]).values
        #expect(zip(try #require(gradient).doubles, expected).allSatisfy { abs($0 - $1) < 1e-8 })
      }
    }
  }
}

/// What Golden/make_classifier_golden.py writes.
private struct Golden: Decodable {
  struct Numbers: Decodable {
    let shape: [Int]
    let values: [Double]

    var tensor: Tensor { Tensor(values, shape: Shape(shape)) }
  }

  let hidden: [Int]
  let x: Numbers
  let labels: [Int]
  let loss: Double
  let accuracy: Double
  let parameters: [String: Numbers]
  let gradients: [String: Numbers]

  static func all() throws -> [Golden] {
    let url = try #require(
      Bundle.module.url(forResource: "classifier", withExtension: "json", subdirectory: "Golden"))
    return try JSONDecoder().decode([Golden].self, from: Data(contentsOf: url))
  }
}
