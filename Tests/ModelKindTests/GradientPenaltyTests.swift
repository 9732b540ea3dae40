import BernoulliFamily
import Layers
import TensorCore
import Testing
import VAECore
import VAETestKit

// Losses that hold a gradient: a critic whose slope is held near 1, and a decoder whose slope is held small.

/// A generator against a critic whose slope is held near 1 between what is real and what is made.
///
/// - Source: Gulrajani et al., "Improved Training of Wasserstein GANs", arXiv:1704.00028, equation 3.
struct PenalizedCritic: Objective {
  let model: Generator
  let critic: Net

  init() {
    var key = RandomKey(seed: 1)
    model = Generator(using: &key)
    critic = Net(64, 32, 1, using: &key)
  }

  var parts: KeyValuePairs<String, any ModulePart> { ["model": model, "critic": critic] }
  var players: [Player] {
    [Player("generator", of: model, turn: .every(2)), Player("critic", of: critic)]
  }
  var monitored: Monitored { .newest }

  func loss(on batch: Batch<Tensor>, _ context: inout Context) -> Loss {
    let made = model.generate(Blank(rowCount: batch.count), &context).value
    guard context.player == "critic" else {
      let score = critic(made, &context).sumPerExample()
      return Loss(total: -score.mean(), terms: ["score": score.value])
    }
    let real = batch.observations
    let share = context.key.uniform([batch.count, 1, 1, 1], dtype: batch.observations.dtype)
    let between = Variable(real * share + made.value * (share * -1 + 1), requiresGradient: true)
    let slope = critic(between, &context).sum().gradientVariables(withRespectTo: [between])[0]
    let size = ((slope ?? between).squared().sumPerExample() + 1e-12).squareRoot()
    let penalty = (size - 1).squared()
    let distance =
      critic(Variable(real), &context).sumPerExample()
      - critic(Variable(made.value), &context).sumPerExample()
    return Loss(
      total: (penalty * 10 - distance).mean(),
      terms: ["distance": distance.value, "penalty": penalty.value])
  }
}

/// A plain autoencoder whose decoder's slope by the code is held small, by a random direction of its Jacobian.
///
/// - Source: Ghosh et al., "From Variational to Deterministic Autoencoders", arXiv:1903.12436, section 3.1.
struct SmoothDecoder: Objective {
  let model: PlainAutoencoder
  var parts: KeyValuePairs<String, any ModulePart> { ["model": model] }
  var monitored: Monitored { .lowest("reconstruction") }

  func loss(on batch: Batch<Tensor>, _ context: inout Context) -> Loss {
    let x = batch.observations
    let output = model.infer(x, &context)
    guard let fit = output.logProbability(of: Variable(x), &context) else {
      preconditionFailure("a reconstruction needs log p(x | z)")
    }
    let code = context.sites.codes
    let told = model.decoder(code, &context)
    let direction = Variable(context.key.normal(told.shape, dtype: told.dtype))
    let slope = (told * direction).sum().gradientVariables(withRespectTo: [code])[0]
    let penalty = (slope ?? code).squared().sumPerExample()
    return Loss(
      total: (penalty * 0.01 - fit).mean(),
      terms: ["reconstruction": fit.value * -1, "penalty": penalty.value])
  }
}

@Suite struct GradientPenaltyTests {
  @Test func criticsTrain() throws {
    let outcome = try train(on: Boxes()) { PenalizedCritic() }
    #expect((outcome.last["penalty"] ?? .nan) < 0.5)
  }

  @Test func smoothDecodersTrain() throws {
    let outcome = try train(on: Boxes()) {
      var key = RandomKey(seed: 1)
      return SmoothDecoder(model: PlainAutoencoder(using: &key))
    }
    #expect((outcome.last["reconstruction"] ?? .nan) < (outcome.first["reconstruction"] ?? .nan))
  }

  /// The gradient of the penalties is the slope of the whole loss, in float64.
  @Test func gradientsOfGradientsAreSlopes() throws {
    try ObjectiveLaw.gradient.check(
      observations: { $1.uniform([$0] + Boxes.shape) }, klWeight: nil
    ) { SmoothDecoder(model: PlainAutoencoder(using: &$0)) }
  }
}
