import Layers
import TensorCore
import VAECore
import VAETestKit

struct BrokenObjective: Objective {
  let law: ObjectiveLaw
  let base = MinimalObjective(observationShape: [3])
  let odometer = Odometer()
  let state = Parameter(.zeros([1]))
  let rival = Parameter(Tensor(repeating: 1, shape: [1]))
  let factor = Scheduled.linear(from: 0, to: 1, steps: 10)

  var parts: KeyValuePairs<String, any ModulePart> {
    switch law {
    case .connection: ["base": base, "state": state]
    case .players: ["base": base, "rival": rival]
    case .schedule: ["base": base, "factor": factor]
    default: ["base": base]
    }
  }

  var players: [Player] {
    let model = Player("model", of: base)
    switch law {
    case .connection: return [Player("model", of: self)]
    case .players: return [model, Player("rival", parameters: [rival])]
    default: return [model]
    }
  }

  var monitored: Monitored { law == .monitored ? .lowest("perplexity") : .lowest("reconstruction") }

  func loss(on batch: Batch<Tensor>, _ context: inout Context) -> Loss {
    if context.player == "rival" {
      return Loss(total: context[rival].sum(), terms: [:])
    }
    if law == .charges { context.charges = [] }
    var loss = base.loss(on: batch, &context)
    switch law {
    case .shape:
      loss.total = Variable.concatenated([loss.total.reshaped(to: [1])], along: 0)
        .broadcast(to: [2])
    case .singleExample:
      if batch.count == 1 { loss.total = loss.total / 0 }
    case .terms: loss.total = loss.total * Double(batch.count)  // a sum where a mean is promised
    case .schedule:
      // At the step that its own count gives, past the context.
      loss.total = loss.total * factor(at: Int(odometer.next()))
    case .settled:
      if let step = context.step(as: loss.total.dtype) {
        loss.total = loss.total * (step * 1e-3 + 1)
      }
    case .determinism: loss.total = loss.total * odometer.next()
    case .connection: break
    case .gradient:
      loss.total = Variable(loss.total.value, inputs: [loss.total]) { g in [g * 1.001] }
    case .meanGradient:
      // Noise that would do no harm if its mean were 1.
      let noise = context.key.normal([1], deviation: 0.3, dtype: loss.total.dtype)
      loss.total = loss.total * Variable(noise + 1.5).sum()
    case .players:
      // A context of its own does not know who trains what.
      let own = Context.training(context.key)
      loss.total = loss.total + own[rival].sum()
    case .charges, .monitored: break
    case .state:
      if context.moves(base.weight) { state.value = state.value + 1 }  // in no part
      loss.total = loss.total + Variable(state.value.converted(to: loss.total.dtype)).sum()
    }
    return loss
  }
}

struct BrokenModule: Module {
  let law: ModuleLaw
  let odometer = Odometer()
  let weight: Parameter

  init(_ law: ModuleLaw, using key: inout RandomKey) {
    self.law = law
    weight = Parameter(key.normal([2]))
    // A weight that does not come from the key.
    if law == .determinism { weight.value = Tensor([Float.random(in: 0..<1), 0], shape: [2]) }
  }

  var parts: KeyValuePairs<String, any ModulePart> {
    switch law {
    case .uniqueNames: ["weight": weight, "weight": Parameter(.zeros([2]))]
    case .dottedNames: ["my weight": weight]
    case .stableNames: odometer.next() > 1 ? ["weight": weight] : ["first": weight]
    case .determinism: ["weight": weight]
    case .conversion: ["weight": Parameter(.zeros([2]))]
    }
  }
}

/// A model that is right but for one thing.
struct BrokenModel<Whole: LatentModel>: LatentModel {
  let law: ModelLaw
  let base: Whole

  init(_ law: ModelLaw, _ base: Whole) {
    self.law = law
    self.base = base
  }

  var parts: KeyValuePairs<String, any ModulePart> { base.parts }

  var codeSites: [CodeSite] {
    law == .shape
      ? [CodeSite(name: "z", shape: [3], hasDensities: true, isFactorized: false)]
      : law == .sites
        ? [CodeSite(name: "y", shape: [2], hasDensities: true, isFactorized: false)]
        : base.codeSites
  }

  func condition(of x: Whole.Observation) -> Whole.Condition { base.condition(of: x) }
  func typicalCondition(_ count: Int) -> Whole.Condition { base.typicalCondition(count) }

  func callAsFunction(
    _ x: Whole.Observation?, _ condition: Whole.Condition, _ context: inout Context
  ) -> Altered<Whole.Output> {
    if law == .usePreservesParameters {
      for p in trainableParameters { p.value = p.value * 1.01 }
    }
    let isMany = context.sampleCount > 1
    let heard = law == .condition ? base.typicalCondition(condition.rowCount) : condition
    return Altered(base(x, heard, &context)) { d in
      if law == .samples && isMany { d.changedLog = { $0 + 0.5 } }
    }
  }

  func validate(_ x: Whole.Observation) throws(ObservationError) { try base.validate(x) }
}

typealias MinimalVAE = VAE<
  MinimalEncoder, OptimisticPosterior, MinimalPrior, MinimalDecoder, MinimalLikelihood
>

func minimalModel(_ law: ModelLaw, using key: inout RandomKey) throws -> MinimalVAE {
  try VAE(
    encoder: MinimalEncoder(observationShape: [2, 1, 1], featureCount: 3, using: &key),
    posterior: OptimisticPosterior(
      base: MinimalPosterior(featureCount: 3, latentCount: 2, using: &key),
      understates: law == .bound),
    prior: MinimalPrior(latentCount: 2),
    decoder: MinimalDecoder(latentCount: 2, parameterShape: [2, 1, 1], using: &key),
    likelihood: MinimalLikelihood())
}

/// A posterior that can say a divergence far too small, so that the ELBO is no bound.
struct OptimisticPosterior: Posterior {
  let base: MinimalPosterior
  let understates: Bool

  var featureCount: Int { base.featureCount }
  var latentCount: Int { base.latentCount }
  var parts: KeyValuePairs<String, any ModulePart> { base.parts }

  func callAsFunction(
    _ features: Variable, _ context: inout Context
  ) -> Altered<MinimalDistribution> {
    let q = base(features, &context)
    return Altered(q) { d in
      guard understates else { return }
      d.closed = { Divergence(total: q.mean.squared().sumPerExample() * 0.5 - 100) }
    }
  }
}
