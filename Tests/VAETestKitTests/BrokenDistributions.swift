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

  func logProbability(
    of x: Tensor, given parameters: Variable, _ context: inout Context
  ) -> Variable {
    var parameters = parameters
    if law == .connection { parameters = parameters.detached }
    if law == .finiteness { parameters = parameters + (parameters.squared() - 50).exp() }
    let y = base.logProbability(of: x, given: parameters, &context)
    if law == .normalization { return y / 2 }
    return Fault(rawValue: law.rawValue).map {
      $0 == .finiteness || $0 == .shape
        ? y : $0.spoil(y, state: state, odometer: odometer, context)
    } ?? y
  }

  func mean(given parameters: Tensor) -> Tensor {
    switch law {
    case .mean: parameters + Tensor(0.3)
    case .shape: parameters.reshaped(to: [parameters.shape[0], -1])
    default: parameters
    }
  }

  func sample(given parameters: Tensor, using key: inout RandomKey) -> Tensor {
    let sample = base.sample(given: parameters, using: &key)
    return law == .sampling ? parameters + (sample - parameters) * 1.2 : sample
  }

  func validate(_ x: Tensor) throws(ObservationError) {
    if law == .validation { return }
    try base.validate(x)
  }
}

struct BrokenPrior: Prior {
  typealias Distribution = MinimalDistribution
  let law: PriorLaw
  let base = MinimalPrior(latentCount: 2)
  let odometer = Odometer()
  let state = Parameter(.zeros([1]))

  var latentCount: Int { base.latentCount }

  func logProbability(of codes: Variable, _ context: inout Context) -> Variable {
    let y = base.logProbability(of: law == .connection ? codes.detached : codes, &context)
    switch law {
    case .normalization: return y + 0.1
    case .batchIndependence, .determinism, .gradient:
      return Fault(rawValue: law.rawValue)?
        .spoil(y, state: state, odometer: odometer, context) ?? y
    default: return y
    }
  }

  func sample(_ count: Int, using key: inout RandomKey) -> Tensor {
    let codes = base.sample(count, using: &key)
    switch law {
    case .shape: return codes.reshaped(to: [count, 2, 1])
    case .sampling: return codes * 1.1
    default: return codes
    }
  }

  func divergence(
    from q: MinimalDistribution, codes: Variable, _ context: inout Context
  ) -> Variable {
    let exact = q.mean.squared().sumPerExample() * 0.5
    switch law {
    case .divergence: return exact * 1.1
    case .nonnegativity: return exact - 1
    case .zeroAtPrior: return exact + 0.1
    default: return exact
    }
  }

  var dividesDivergence: Bool { true }

  func divergencePerDimension(from q: MinimalDistribution) -> Variable? {
    q.mean.squared() * (law == .divergencePerDimension ? 1 : 0.5)
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

  func callAsFunction(_ features: Variable, _ context: inout Context) -> BrokenDistribution {
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
    return BrokenDistribution(law: law, base: MinimalDistribution(mean: mean))
  }
}

struct BrokenDistribution: CodeDistribution {
  let law: PosteriorLaw
  let base: MinimalDistribution

  var mean: Variable { law == .mean ? base.mean + 0.2 : base.mean }

  func sample(using key: inout RandomKey) -> Variable {
    let codes = base.sample(using: &key)
    switch law {
    case .sampling: return base.mean + (codes - base.mean) * 1.2
    // The value is right, but no gradient would flow as it should.
    case .gradient: return Variable(codes.value, inputs: [base.mean]) { g in [g * 1.001] }
    case .shape: return codes.sliced(along: 1, 0..<1)
    case .singleExample: return mean.shape[0] == 1 ? codes * Double.nan : codes
    default: return codes
    }
  }

  func logProbability(of codes: Variable) -> Variable {
    let y = base.logProbability(of: codes)
    return law == .normalization ? y - 0.1 : y
  }
}
