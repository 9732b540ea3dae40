import BernoulliFamily
import GaussianFamily
import Layers
import MLPComponents
import TensorCore
import VAECore
import VAETraining

// Objectives of several players, small enough to be trained in no time.

/// Which game is played; every one has batch normalization, whose buffers have owners.
enum Game: String, CaseIterable, Sendable {
  case gan, ganEveryThird, factor, factorAhead, vaeGAN

  func objective() throws -> any Objective<Batch<Tensor>> {
    switch self {
    case .gan: AdversarialPair()
    case .ganEveryThird: AdversarialPair(every: 3)
    case .factor: try FactorGame()
    case .factorAhead: try FactorGame(stepsAhead: 3)
    case .vaeGAN: try ThreeGroups()
    }
  }
}

/// Layers from bars to numbers, with a normalization between them.
struct Judge: Module {
  let hidden: Dense
  let norm: BatchNorm
  let head: Dense

  init(_ inputs: Int, _ outputs: Int, using key: inout RandomKey) {
    hidden = Dense(inputs, 8, using: &key)
    norm = BatchNorm(8, activation: .leakyReLU(slope: 0.2))
    head = Dense(8, outputs, using: &key)
  }

  var parts: KeyValuePairs<String, any ModulePart> {
    ["hidden": hidden, "norm": norm, "head": head]
  }

  func features(_ x: Variable, _ context: inout Context) -> Variable {
    norm(hidden(x.flattenedPerExample(), &context), &context)
  }

  func callAsFunction(_ x: Variable, _ context: inout Context) -> Variable {
    head(features(x, &context), &context)
  }
}

extension Variable {
  /// -log σ(self) of logits `[batch, 1]`: `[batch]`.
  var costOfReal: Variable { (-self).softplus().sumPerExample() }
  /// -log(1 - σ(self)) of logits `[batch, 1]`: `[batch]`.
  var costOfFake: Variable { softplus().sumPerExample() }
}

/// Goodfellow et al., arXiv:1406.2661: a generator and a discriminator, without an encoder.
struct AdversarialPair: Objective {
  let model: Judge
  let discriminator: Judge
  var turn = Player.Turn.every(1)
  var generatorOptions: OptimizerOptions? = .adam(learningRate: 2e-3)
  var discriminatorOptions = OptimizerOptions.rmsprop(learningRate: 1e-3)

  init(every count: Int = 1) {
    var key = RandomKey(seed: 7)
    model = Judge(3, 16, using: &key)
    discriminator = Judge(16, 1, using: &key)
    turn = .every(count)
  }

  var parts: KeyValuePairs<String, any ModulePart> {
    ["model": model, "discriminator": discriminator]
  }

  var players: [Player] {
    [
      Player("generator", of: model, optimizer: generatorOptions, turn: turn),
      Player("discriminator", of: discriminator, optimizer: discriminatorOptions),
    ]
  }

  var monitored: Monitored { .newest }

  func loss(on batch: Batch<Tensor>, _ context: inout Context) -> Loss {
    let made = model(
      Variable(context.key.normal([batch.count, 3], dtype: batch.observations.dtype)), &context
    ).sigmoid()
    let logit = discriminator(made, &context)
    guard context.player == "discriminator" else {
      return Loss(total: logit.costOfReal.mean(), terms: ["fooled": logit.costOfReal.value])
    }
    let seen = discriminator(Variable(batch.observations), &context)
    let error = seen.costOfReal + logit.costOfFake
    return Loss(total: error.mean(), terms: ["discriminator": error.value])
  }
}

typealias BarsModel = VAE<
  MLPEncoder, DiagonalGaussianPosterior, StandardNormalPrior, MLPDecoder, BernoulliLikelihood
>

func barsModel() throws -> BarsModel {
  var key = RandomKey(seed: 1)
  return try VAE(
    encoder: MLPEncoder(observationShape: [4, 4, 1], hidden: [12], using: &key),
    posterior: DiagonalGaussianPosterior(featureCount: 12, latentCount: 2, using: &key),
    prior: StandardNormalPrior(latentCount: 2),
    decoder: MLPDecoder(latentCount: 2, hidden: [12], parameterShape: [4, 4, 1], using: &key),
    likelihood: BernoulliLikelihood())
}

/// Kim and Mnih, arXiv:1802.05983: a model, and a discriminator that tells codes from codes whose
/// dimensions were shuffled; the weight of their correlation rises.
struct FactorGame: Objective {
  let model: BarsModel
  let discriminator: Judge
  let weight = Scheduled.linear(from: 0, to: 2, steps: 6)
  var stepsAhead = 0

  init(stepsAhead: Int = 0) throws {
    var key = RandomKey(seed: 7)
    model = try barsModel()
    discriminator = Judge(2, 1, using: &key)
    self.stepsAhead = stepsAhead
  }

  var parts: KeyValuePairs<String, any ModulePart> {
    ["model": model, "discriminator": discriminator, "weight": weight]
  }

  var players: [Player] {
    let rival = Player(
      "discriminator", of: discriminator, optimizer: .sgd(learningRate: 0.05, momentum: 0.9))
    guard stepsAhead > 0 else { return [Player("model", of: model), rival] }
    return [
      Player("model", of: model.decoder, model.likelihood), rival,
      Player(
        "encoder", of: model.encoder, model.posterior,
        turn: .ahead(steps: stepsAhead, whileRising: "information")),
    ]
  }

  var monitored: Monitored { .highest("elbo") }

  func loss(on batch: Batch<Tensor>, _ context: inout Context) -> Loss {
    let output = model.infer(batch.observations, &context)
    let z = context.sites.codes
    if context.player == "discriminator" {
      let (rows, columns) = (z.shape[0], z.shape[1])
      let order = context.key.columnOrders(rows: rows, columns: columns)
      let shuffled = z.value.reshaped(to: [-1]).gathered(order, along: 0)
        .reshaped(to: [rows, columns])
      let real = discriminator(Variable(z.value), &context)
      let error = real.costOfReal + discriminator(Variable(shuffled), &context).costOfFake
      return Loss(total: error.mean(), terms: ["discriminator": error.value])
    }
    guard let fit = output.logProbability(of: Variable(batch.observations), &context),
      let kl = context.sites.divergence
    else { preconditionFailure("a bound needs densities") }
    let reconstruction = -fit
    let correlation = discriminator(z, &context).sumPerExample()
    return Loss(
      total: (reconstruction + kl + correlation * context[weight, as: kl.dtype]).mean(),
      terms: [
        "reconstruction": reconstruction.value, "kl": kl.value,
        "elbo": (reconstruction.value + kl.value) * -1, "total_correlation": correlation.value,
      ])
  }
}

/// Larsen et al., arXiv:1512.09300, algorithm 1: three groups of parameters, three losses.
struct ThreeGroups: Objective {
  let model: BarsModel
  let discriminator: Judge

  init() throws {
    var key = RandomKey(seed: 7)
    model = try barsModel()
    discriminator = Judge(16, 1, using: &key)
  }

  var parts: KeyValuePairs<String, any ModulePart> {
    ["model": model, "discriminator": discriminator]
  }

  var players: [Player] {
    [
      Player("encoder", of: model.encoder, model.posterior),
      Player("decoder", of: model.decoder),
      Player("discriminator", of: discriminator, optimizer: .adam(learningRate: 1e-4)),
    ]
  }

  var monitored: Monitored { .lowest("feature_distance") }

  func loss(on batch: Batch<Tensor>, _ context: inout Context) -> Loss {
    let x = Variable(batch.observations)
    let told = model.infer(batch.observations, &context).mean(&context)
    let sites = context.sites
    let z = sites.codes
    let difference =
      discriminator.features(told, &context) - discriminator.features(x, &context)
    let distance = difference.squared().sumPerExample() * 0.5
    if context.player == nil || context.player == "encoder" {
      guard let kl = sites.divergence else { preconditionFailure("codes need densities") }
      return Loss(
        total: (kl + distance).mean(), terms: ["feature_distance": distance.value, "kl": kl.value])
    }
    let again = discriminator(told, &context)
    let dreamt = discriminator(
      model.decoder(Variable(context.key.normal(z.shape, dtype: z.dtype)), &context).sigmoid(),
      &context)
    if context.player == "decoder" {
      let fooled = again.costOfReal + dreamt.costOfReal
      return Loss(total: (distance * 0.1 + fooled).mean(), terms: ["fooled": fooled.value])
    }
    let error =
      discriminator(x, &context).costOfReal + (again.costOfFake + dreamt.costOfFake) * 0.5
    return Loss(total: error.mean(), terms: ["discriminator": error.value])
  }
}
