import BernoulliFamily
import GaussianFamily
import Layers
import TensorCore
import Testing
import VAECore
import VAEEvaluation
import VAETestKit

// Models without a distribution of codes, or without an encoder: what has no density says so.

/// A plain autoencoder: its code is a point, and nothing is known of codes beforehand.
struct PlainAutoencoder: LatentModel {
  typealias Observation = Tensor
  let encoder, decoder: Net

  init(using key: inout RandomKey) {
    encoder = Net(64, 32, 4, using: &key)
    decoder = Net(4, 32, 64, using: &key)
  }

  var parts: KeyValuePairs<String, any ModulePart> { ["encoder": encoder, "decoder": decoder] }

  func callAsFunction(
    _ x: Tensor?, _ condition: Blank, _ context: inout Context
  ) -> Bernoulli {
    let q = x.map { Point(encoder($0.value, &context).repeatingRows(context.sampleCount)) }
    let origin = Point(Variable(.zeros([condition.rowCount, 4])))
    let logits = decoder(context.draw("z", prior: origin, posterior: q), &context)
    return Bernoulli(logits: logits.reshaped(to: [condition.rowCount] + Boxes.shape))
  }
}

/// Reconstruction alone, and a penalty beside it: the size of the code.
///
/// - Source: Ghosh et al., "From Variational to Deterministic Autoencoders", arXiv:1903.12436, equation 8.
struct Reconstruction<Model: LatentModel>: Objective {
  let model: Model
  var parts: KeyValuePairs<String, any ModulePart> { ["model": model] }
  var monitored: Monitored { .lowest("reconstruction") }

  func loss(on batch: Batch<Model.Observation>, _ context: inout Context) -> Loss {
    let output = model.infer(batch.observations, &context)
    guard let fit = output.logProbability(of: batch.observations.value, &context) else {
      preconditionFailure("a reconstruction needs log p(x | z)")
    }
    let size = context.sites.codes.squared().sumPerExample() * 0.5
    return Loss(
      total: (size * 0.1 - fit).mean(),
      terms: ["reconstruction": fit.value * -1, "code_size": size.value])
  }
}

/// A generator against a rival: there is no encoder, and images have no density.
///
/// - Source: Goodfellow et al., "Generative Adversarial Networks", arXiv:1406.2661.
struct Generator: LatentModel {
  typealias Observation = Tensor
  let net: Net

  init(using key: inout RandomKey) { net = Net(4, 32, 64, using: &key) }

  var parts: KeyValuePairs<String, any ModulePart> { ["net": net] }

  func callAsFunction(_ x: Tensor?, _ condition: Blank, _ context: inout Context) -> Point {
    let none: StandardNormal? = nil
    let z = context.draw(
      "z", prior: StandardNormal(shape: [condition.rowCount, 4]), posterior: none)
    let images = net(z, &context).sigmoid()
    return Point(images.reshaped(to: [condition.rowCount] + Boxes.shape))
  }
}

struct GAN: Objective {
  let model: Generator
  let discriminator: Net

  init() {
    var key = RandomKey(seed: 1)
    model = Generator(using: &key)
    discriminator = Net(64, 32, 1, using: &key)
  }

  var parts: KeyValuePairs<String, any ModulePart> {
    ["model": model, "discriminator": discriminator]
  }
  var players: [Player] {
    [Player("generator", of: model), Player("discriminator", of: discriminator)]
  }
  var monitored: Monitored { .newest }

  func loss(on batch: Batch<Tensor>, _ context: inout Context) -> Loss {
    let made = model.generate(Blank(rowCount: batch.count), &context).value
    let logit = discriminator(made, &context)
    guard context.player == "discriminator" else {
      let fooled = (-logit).softplus().sumPerExample()
      return Loss(total: fooled.mean(), terms: ["fooled": fooled.value])
    }
    let seen = discriminator(Variable(batch.observations), &context)
    let error = (-seen).softplus().sumPerExample() + logit.softplus().sumPerExample()
    return Loss(total: error.mean(), terms: ["discriminator": error.value])
  }
}

@Suite struct NoDensityTests {
  @Test func anAutoencoderTrains() throws {
    let outcome = try train(on: Boxes()) {
      var key = RandomKey(seed: 1)
      return Reconstruction(model: PlainAutoencoder(using: &key))
    }
    #expect((outcome.last["reconstruction"] ?? .nan) < (outcome.first["reconstruction"] ?? .nan))
  }

  @Test func aGeneratorTrains() throws { try train(on: Boxes()) { GAN() } }

  /// Evaluation gives what there is and nothing else: nil, never 0.
  @Test func evaluationGivesNothing() throws {
    var key = RandomKey(seed: 1)
    let found = try PlainAutoencoder(using: &key).evaluate(
      on: Boxes(), importanceSamples: 4, using: &key)
    #expect(found.reconstruction != nil && found.codeVariance.count == 4)
    #expect(found.kl == nil && found.elbo == nil && found.logLikelihood == nil)
    #expect(found.klPerDimension == nil && found.mutualInformation == nil)
    let generated = try Generator(using: &key).evaluate(on: Boxes(), using: &key)
    #expect(generated.reconstruction == nil && generated.kl == nil && generated.elbo == nil)
  }

  @Test func whoNeedsDensitiesIsToldSo() throws {
    var key = RandomKey(seed: 1)
    #expect {
      try PlainAutoencoder(using: &key).requireDensities(for: "the bound")
    } throws: {
      "\($0)" == "the bound needs the densities of codes, and those at 'z' have none"
    }
    #expect {
      try Generator(using: &key).requireDensities(for: "the bound")
    } throws: {
      "\($0)" == "the bound needs the density of observations, and this model's have none"
    }
    #expect(throws: Never.self) { try gaussianVAE().requireDensities(for: "the bound") }
  }

  @Test(arguments: ModelLaw.allCases) func obey(law: ModelLaw) throws {
    let draw = { (count: Int, key: inout RandomKey) in key.uniform([count] + Boxes.shape) }
    try law.check(observations: draw) { PlainAutoencoder(using: &$0) }
  }
}
