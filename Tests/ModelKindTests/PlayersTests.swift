import Layers
import TensorCore
import Testing
import VAECore

// Players that train in turn: an estimate of total correlation by a rival with an optimizer of its own.

/// - Source: Kim and Mnih, "Disentangling by Factorising", arXiv:1802.05983, algorithm 2, with codes of the same batch permuted.
struct FactorVAE<Model: LatentModel>: Objective {
  let model: Model
  let rival: Net
  let weight = 2.0

  init(_ model: Model) {
    var key = RandomKey(seed: 2)
    self.model = model
    rival = Net(model.latentCount, 24, 1, using: &key)
  }

  var parts: KeyValuePairs<String, any ModulePart> { ["model": model, "rival": rival] }
  var players: [Player] {
    [
      Player("model", of: model),
      Player("rival", of: rival, optimizer: .adam(learningRate: 1e-3)),
    ]
  }
  var monitored: Monitored { .highest("elbo") }

  func loss(on batch: Batch<Model.Observation>, _ context: inout Context) -> Loss {
    let x = batch.observations
    if context.player == "rival" {
      return told(model.inferCodes(x, &context).codes.value, &context)
    }
    let output = model.infer(x, &context)
    guard let fit = output.logProbability(of: x.value, &context),
      let kl = context.sites.divergence
    else { preconditionFailure("a bound needs densities") }
    let correlation = rival(context.sites.codes, &context).sumPerExample()
    return Loss(
      total: (kl - fit + correlation * weight).mean(),
      terms: [
        "elbo": (fit - kl).value, "kl": kl.value, "total_correlation": correlation.value,
      ])
  }

  /// How well the rival tells codes from codes whose coordinates were shuffled each by itself.
  private func told(_ codes: Tensor, _ context: inout Context) -> Loss {
    let order = context.key.columnOrders(rows: codes.shape[0], columns: codes.shape[1])
    let shuffled = codes.reshaped(to: [-1]).gathered(order, along: 0).reshaped(to: codes.shape)
    let error =
      (-rival(Variable(codes), &context)).softplus()
      + rival(Variable(shuffled), &context).softplus()
    return Loss(
      total: error.mean(), terms: ["rival": error.sumPerExample().value])
  }
}

@Suite struct PlayersTests {
  @Test func trains() throws {
    expectRise(try train(on: Boxes()) { FactorVAE(try gaussianVAE()) })
  }

  /// A player's gradient reaches nobody else.
  @Test func eachMovesItsOwn() throws {
    let objective = FactorVAE(try gaussianVAE())
    var context = Context.training(RandomKey(seed: 3))
    context.player = "rival"
    let loss = objective.loss(on: try Boxes.some(), &context)
    let slopes = loss.total.gradient(withRespectTo: objective.model.trainableParameters)
    #expect(slopes.allSatisfy { $0 == nil })
  }
}
