import Layers
import TensorCore
import VAECore
import VAETestKit

struct BrokenLikelihood: Likelihood {
  let law: LikelihoodLaw
  let base = MinimalLikelihood()
  let state = Parameter(.zeros([1]))
  let odometer = Odometer()

  var parts: KeyValuePairs<String, any ModulePart> {
    law == .inferenceIsPure ? ["state": state] : [:]
  }

  func parameterShape(forObservation shape: Shape) -> Shape { shape }

  func callAsFunction(
    _ parameters: Variable, _ context: inout Context
  ) -> Altered<MinimalDistribution> {
    let start = context
    return Altered(base(parameters, &context)) { d in
      switch law {
      case .mean: d.changedMean = { $0 + 0.3 }
      case .shape:
        d.changedMean = { $0.reshaped(to: [$0.shape[0], -1]) }
      case .sampling: d.changedSample = { parameters + ($0 - parameters) * 1.2 }
      case .normalization: d.changedLog = { $0 / 2 }
      case .connection: d.base = MinimalDistribution(mean: parameters.detached)
      case .finiteness:
        d.base = MinimalDistribution(mean: parameters + (parameters.squared() - 50).exp())
      default:
        guard let fault = Fault(rawValue: law.rawValue) else { return }
        d.changedLog = { fault.spoil($0, state: state, odometer: odometer, start) }
      }
    }
  }

  func validate(_ x: Tensor) throws(ObservationError) {
    if law == .validation { return }
    try base.validate(x)
  }
}

struct BrokenPrior: Prior {
  let law: PriorLaw
  let base = MinimalPrior(latentCount: 2)
  let odometer = Odometer()
  let state = Parameter(.zeros([1]))

  var latentCount: Int { base.latentCount }

  func callAsFunction(_ count: Int, _ context: inout Context) -> Altered<MinimalNormal> {
    let start = context
    return Altered(base(count, &context)) { d in
      switch law {
      case .shape: d.changedSample = { $0.reshaped(to: [count, 2, 1]) }
      case .sampling: d.changedSample = { $0 * 1.1 }
      case .normalization: d.changedLog = { $0 + 0.1 }
      case .connection: d.seen = \.detached
      case .batchIndependence, .determinism, .gradient:
        guard let fault = Fault(rawValue: law.rawValue) else { return }
        d.changedLog = { fault.spoil($0, state: state, odometer: odometer, start) }
      default: break
      }
    }
  }
}

/// A posterior that is wrong about how far it is from N(0, I), as the law says.
func misled(_ law: PriorLaw, _ mean: Variable) -> Altered<MinimalDistribution> {
  Altered(MinimalDistribution(mean: mean)) { d in
    let exact = mean.squared().sumPerExample() * 0.5
    let total: Variable
    switch law {
    case .divergence: total = exact * 1.1
    case .nonnegativity: total = exact - 1
    case .zeroAtPrior: total = exact + 0.1
    case .divergencePerDimension: total = exact
    default: return
    }
    d.closed = {
      Divergence(total: total) {
        mean.squared() * (law == .divergencePerDimension ? 1 : 0.5)
      }
    }
  }
}

struct BrokenPosterior: Posterior {
  let law: PosteriorLaw
  let base: MinimalPosterior
  let odometer = Odometer()
  let state = Parameter(.zeros([1]))

  init(_ law: PosteriorLaw, using key: inout RandomKey) {
    self.law = law
    base = MinimalPosterior(featureCount: 3, latentCount: 2, using: &key)
  }

  var featureCount: Int { base.featureCount }
  var latentCount: Int { base.latentCount }
  var parts: KeyValuePairs<String, any ModulePart> { ["base": base, "state": state] }

  func callAsFunction(
    _ features: Variable, _ context: inout Context
  ) -> Altered<MinimalDistribution> {
    var mean = base(features, &context).mean + context[state]
    switch law {
    case .batchIndependence, .determinism, .inferenceIsPure:
      mean =
        Fault(rawValue: law.rawValue)?
        .spoil(mean, state: state, odometer: odometer, context) ?? mean
    case .connection: mean = mean.detached
    case .finiteness: mean = (mean.squared() * 10).exp()
    default: break
    }
    return Altered(MinimalDistribution(mean: mean)) { d in
      switch law {
      case .mean: d.changedMean = { $0 + 0.2 }
      case .sampling: d.changedSample = { mean + ($0 - mean) * 1.2 }
      // The value is right, but no gradient would flow as it should.
      case .gradient:
        d.changedSample = { Variable($0.value, inputs: [mean]) { g in [g * 1.001] } }
      case .shape: d.changedSample = { $0.sliced(along: 1, 0..<1) }
      case .singleExample:
        d.changedSample = { $0.shape[0] == 1 ? $0 * Double.nan : $0 }
      case .normalization: d.changedLog = { $0 - 0.1 }
      case .draws:
        d.stated = { value in
          let log = ((value - mean).squared() + 1.8378770664093453).sumPerExample() * -0.5
          return (nil, log + 0.01)
        }
      case .repetition:
        // The copies come in another order.
        d.changedRepetition = { repeated in
          let order = (0..<repeated.mean.shape[0]).reversed().map { Int32($0) }
          return repeated.mapParameters {
            $0.gathered(Tensor(order, shape: [order.count]), along: 0)
          }
        }
      default: break
      }
    }
  }
}
