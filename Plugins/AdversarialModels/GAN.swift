public import Layers
public import TensorCore
public import VAECore

/// What a generator and a judge play for.
public enum AdversarialGame: Sendable, Hashable {
  /// The generator raises the odds that what it makes is taken for real.
  case nonSaturating
  /// The judge is a critic whose scores differ by the distance of what is real and what is made, its slope between the two held near
  /// 1 by a penalty.
  case wasserstein(penalty: Double = 10)
}

/// A generator against a judge that learns to tell what it makes from what was observed.
///
/// Reported terms: "generator" and "judge", what the game costs each, and with a gradient penalty "gradient_penalty", unweighted. No
/// loss tells which epoch is the best: the newest weights are kept.
///
/// - Source: Goodfellow et al., arXiv:1406.2661, algorithm 1 with the generator's loss of section 3; Gulrajani et al., "Improved
///   Training of Wasserstein GANs", arXiv:1704.00028, algorithm 1.
public struct GAN<Model: LatentModel<Tensor>, J: Judge>: Objective {
  /// The generator.
  public let model: Model
  /// The judge.
  public let judge: J
  /// What is played for.
  public let game: AdversarialGame
  /// Steps of the judge for each of the generator.
  public let judgeSteps: Int
  /// How the judge steps; nil as the generator does.
  public let judgeOptimizer: OptimizerOptions?

  /// A game of two; throws where the model has an encoder, which nobody would train.
  public init(
    _ model: Model, against judge: J, game: AdversarialGame = .nonSaturating, judgeSteps: Int = 1,
    judgeOptimizer: OptimizerOptions? = nil
  ) throws(CompositionError) {
    precondition(judgeSteps > 0, "a judge takes at least one step")
    guard !model.infersCodes else {
      throw CompositionError(
        incompatible:
          "a generator plays alone, and this model has an encoder that nothing would train; choose the model "
          + "generator, or the objective vae-gan")
    }
    self.model = model
    self.judge = judge
    self.game = game
    self.judgeSteps = judgeSteps
    self.judgeOptimizer = judgeOptimizer
  }

  public var parts: KeyValuePairs<String, any ModulePart> { ["model": model, "judge": judge] }

  public var players: [Player] {
    [
      Player("judge", of: judge, optimizer: judgeOptimizer),
      Player("generator", of: model, turn: .every(judgeSteps)),
    ]
  }

  public var monitored: Monitored { .newest }

  public func validate(_ batch: Batch<Tensor>) throws(ObservationError) {
    try model.validate(batch.observations)
  }

  public func loss(on batch: Batch<Tensor>, _ context: inout Context) -> Loss {
    let x = batch.observations
    let made = model.generate(model.condition(of: x), &context).mean(&context)
    guard context.player != "generator" else {
      let verdict = judge(made, &context)
      let cost =
        game == .nonSaturating ? verdict.cost(\.costOfReal) : -verdict.logits.mean(along: 1)
      var loss = Loss(total: cost.mean(), terms: ["generator": cost.value])
      loss.collect(from: &context)
      return loss
    }
    let (real, fake) = (judge(Variable(x), &context), judge(made.detached, &context))
    guard case .wasserstein(let weight) = game else {
      let cost = (real.cost(\.costOfReal) + fake.cost(\.costOfMade)) * 0.5
      return Loss(total: cost.mean(), terms: ["judge": cost.value])
    }
    let shares = context.key.uniform(
      Shape([batch.count] + x.shape.dimensions.dropFirst().map { _ in 1 }), dtype: x.dtype)
    let penalty = slopePenalty(x, made.value, shares, &context)
    let cost = fake.logits.mean(along: 1) - real.logits.mean(along: 1)
    return Loss(
      total: (cost + penalty * weight).mean(),
      terms: ["judge": cost.value, "gradient_penalty": penalty.value])
  }

  /// (‖∂D/∂x‖ - 1)² at a share of each real observation and the rest of a made one, `[batch]`.
  package func slopePenalty(
    _ real: Tensor, _ made: Tensor, _ shares: Tensor, _ context: inout Context
  ) -> Variable {
    let between = Variable(
      real * shares + made * (shares * -1 + 1), requiresGradient: context.recordsGradients)
    let scores = judge(between, &context).logits.mean(along: 1).sum()
    guard let slope = scores.gradientVariables(withRespectTo: [between])[0] else {
      return Variable(.zeros([real.shape[0]], dtype: real.dtype))
    }
    let size = (slope.squared().sumPerExample() + 1e-12).squareRoot()
    return (size - 1).squared()
  }
}
