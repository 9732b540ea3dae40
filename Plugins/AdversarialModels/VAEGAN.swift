public import Layers
public import TensorCore
public import VAECore

/// A variational autoencoder whose observations are compared by the features of a judge, against whom its decoder plays.
///
/// The encoder learns by the KL and the distance of features, ½ ‖f(x) - f(x̂)‖²; the decoder by that distance, weighted, and by what
/// being told costs, of reconstructions and of codes from the prior; the judge by its errors.
///
/// Reported terms: "kl" in nats an example and "feature_distance"; "decoder" and "judge", what the game
/// costs each.
///
/// - Source: Larsen, Sønderby, Larochelle and Winther, "Autoencoding beyond pixels using a learned similarity metric",
///   arXiv:1512.09300, algorithm 1, the generator's loss in its form that does not saturate.
public struct VAEGAN<Model: LatentModel<Tensor>, J: Judge>: Objective {
  /// The autoencoder.
  public let model: Model
  /// The judge.
  public let judge: J
  /// γ, what the distance of features costs the decoder beside the game.
  public let featureWeight: Double
  /// How the judge steps; nil as the others do.
  public let judgeOptimizer: OptimizerOptions?

  /// A game of three; throws where codes have no density, or the model does not tell what infers from the rest.
  public init(
    _ model: Model, against judge: J, featureWeight: Double = 0.1,
    judgeOptimizer: OptimizerOptions? = nil
  ) throws(CompositionError) {
    guard model.infersCodes, model.inferenceParameters.contains(where: \.isTrainable) else {
      throw CompositionError(
        incompatible:
          "encoder and decoder learn apart from each other, and this model does not tell them apart; "
          + "choose a model with an encoder, such as vae, or the objective gan")
    }
    try model.requireDensities(ofCodesFor: "the encoder of a VAE-GAN")
    self.model = model
    self.judge = judge
    self.featureWeight = featureWeight
    self.judgeOptimizer = judgeOptimizer
  }

  public var parts: KeyValuePairs<String, any ModulePart> { ["model": model, "judge": judge] }

  public var players: [Player] {
    let inner = model.inferenceParameters
    let own = Set(inner.map(ObjectIdentifier.init))
    return [
      Player("encoder", parameters: inner),
      Player(
        "decoder",
        parameters: model.namedParameters.map(\.parameter).filter {
          !own.contains(ObjectIdentifier($0))
        }, turn: .together),
      Player("judge", of: judge, optimizer: judgeOptimizer, turn: .together),
    ]
  }

  /// Nothing: the judge, by whose features distances are told, changes.
  public var monitored: Monitored { .newest }

  public func validate(_ batch: Batch<Tensor>) throws(ObservationError) {
    try model.validate(batch.observations)
  }

  public func loss(on batch: Batch<Tensor>, _ context: inout Context) -> Loss {
    let x = batch.observations
    let again = model.infer(x, &context).mean(&context)
    guard let kl = context.sites.divergence else { preconditionFailure("codes need densities") }
    let dream = model.generate(model.condition(of: x), &context).mean(&context)
    let (real, told) = (judge(Variable(x), &context), judge(again, &context))
    let dreamt = judge(dream, &context)
    let distance = (told.features - real.features).squared().sumPerExample() * 0.5
    let fooled = told.cost(\.costOfReal) + dreamt.cost(\.costOfReal)
    let errors =
      real.cost(\.costOfReal) + (told.cost(\.costOfMade) + dreamt.cost(\.costOfMade)) * 0.5
    var loss = Loss(
      total: (kl + distance).mean(),
      terms: [
        "feature_distance": distance.value, "kl": kl.value, "decoder": fooled.value,
        "judge": errors.value,
      ])
    var game = (distance * featureWeight + fooled).mean()
    for (_, charge) in context.charges { game = game + charge.mean() }
    loss.others = ["decoder": game, "judge": errors.mean()]
    loss.collect(from: &context)
    return loss.asked(by: context.player)
  }
}
