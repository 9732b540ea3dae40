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

struct BrokenModel: DirectAutoencoder {
  typealias Whole = VAE<
    MinimalEncoder, MinimalPosterior, MinimalPrior, MinimalDecoder, MinimalLikelihood
  >
  let law: ModelLaw
  let base: Whole

  init(_ law: ModelLaw, using key: inout RandomKey) throws {
    self.law = law
    base = try VAE(
      encoder: MinimalEncoder(observationShape: [2, 1, 1], featureCount: 3, using: &key),
      posterior: MinimalPosterior(featureCount: 3, latentCount: 2, using: &key),
      prior: MinimalPrior(latentCount: 2),
      decoder: MinimalDecoder(latentCount: 2, parameterShape: [2, 1, 1], using: &key),
      likelihood: MinimalLikelihood())
  }

  var observationShape: Shape { base.observationShape }
  var latentCount: Int { base.latentCount }
  var inferenceParameters: [Parameter] { base.inferenceParameters }
  var parts: KeyValuePairs<String, any ModulePart> { base.parts }

  func encode(_ x: Tensor, _ context: inout Context) -> MinimalDistribution {
    if law == .usePreservesParameters {
      for p in trainableParameters { p.value = p.value * 1.01 }
    }
    return base.encode(x, &context)
  }
  func decode(_ codes: Variable, _ context: inout Context) -> Variable {
    base.decode(codes, &context)
  }
  func logLikelihood(
    of x: Tensor, given parameters: Variable, _ context: inout Context
  ) -> Variable { base.logLikelihood(of: x, given: parameters, &context) }
  func divergence(
    from q: MinimalDistribution, codes: Variable, _ context: inout Context
  ) -> Variable {
    let kl = base.divergence(from: q, codes: codes, &context)
    return law == .bound ? kl - 100 : kl
  }
  func divergencePerDimension(from q: MinimalDistribution) -> Variable? { nil }
  var dividesDivergence: Bool { false }
  func logPrior(of codes: Variable, _ context: inout Context) -> Variable {
    base.logPrior(of: codes, &context)
  }
  func samplePrior(_ count: Int, using key: inout RandomKey) -> Tensor {
    base.samplePrior(count, using: &key)
  }
  func mean(given parameters: Tensor) -> Tensor {
    law == .shape ? parameters.reshaped(to: [-1, 2]) : base.mean(given: parameters)
  }
  func sampleObservation(given parameters: Tensor, using key: inout RandomKey) -> Tensor {
    base.sampleObservation(given: parameters, using: &key)
  }
  func validate(_ x: Tensor) throws(ObservationError) { try base.validate(x) }
}
