import Layers
import TensorCore
import Testing
import VAECore
import VAETestKit

/// Two places of three categories each, by a matrix on the features; right but for what the law looks at.
private struct Categories: Posterior {
  typealias Value = Tensor
  let featureCount = 2
  let latentCount = 2
  let weight: Parameter
  let odometer = Odometer()
  let broken: PosteriorLaw?

  init(_ broken: PosteriorLaw? = nil, using key: inout RandomKey) {
    weight = Parameter(key.normal([2, 6]))
    self.broken = broken
  }

  var parts: KeyValuePairs<String, any ModulePart> { ["weight": weight] }

  func callAsFunction(_ features: Variable, _ context: inout Context) -> Drawn {
    var logits = features.matmul(context[weight])
    switch broken {
    case .connection: logits = logits.detached
    case .batchIndependence: logits = logits - logits.mean(along: 0)
    case .inferenceIsPure where !context.isTraining: weight.value = weight.value * 1.01
    case .finiteness: logits = logits + (logits.squared() * 10).exp()
    case .determinism: logits = logits * odometer.next()
    case .gradient: logits = Variable(logits.value, inputs: [logits]) { g in [g * 1.001] }
    default: break
    }
    return Drawn(logits: logits.reshaped(to: [features.shape[0], 2, 3]), broken: broken)
  }

  struct Drawn: Distribution {
    let logits: Variable
    let broken: PosteriorLaw?

    func sample(_ context: inout Context) -> Tensor {
      let codes = context.key.categorical(
        logits: broken == .sampling ? logits.value * 2 : logits.value)
      switch broken {
      case .shape: return codes.reshaped(to: [-1])
      case .singleExample where codes.shape[0] == 1: return codes.converted(to: .float32)
      default: return codes
      }
    }
    func mean(_ context: inout Context) -> Tensor {
      (broken == .mean ? logits.value * -1 : logits.value).maximum(along: 2).index
    }
    func logProbability(of value: Tensor, _ context: inout Context) -> Variable? {
      let each = logits.logSoftmax(along: 2).picked(value).sum(along: 1)
      return broken == .normalization ? each + 0.1 : each
    }
    func draw(against law: Law?, _ context: inout Context) -> Draw<Tensor> {
      let codes = sample(&context)
      guard broken == .draws else { return Draw(codes) }
      return Draw(codes) { Variable(.zeros([codes.shape[0]])) }
    }
    func mapParameters(_ f: (Variable) -> Variable) -> Drawn {
      let mapped = f(logits)
      guard broken == .repetition else { return Drawn(logits: mapped, broken: broken) }
      return Drawn(logits: mapped * 0.5, broken: broken)
    }
  }
}

/// A posterior that is a point, and one that says it is none.
private struct Pointed: Posterior {
  let featureCount = 2
  let latentCount = 2
  let weight: Parameter

  init(using key: inout RandomKey) { weight = Parameter(key.normal([2, 2])) }

  var parts: KeyValuePairs<String, any ModulePart> { ["weight": weight] }

  func callAsFunction(_ features: Variable, _ context: inout Context) -> Point {
    Point(features.matmul(context[weight]))
  }
}

@Suite struct CategoryTests {
  @Test(arguments: PosteriorLaw.allCases) func categories(obey law: PosteriorLaw) throws {
    try law.check(categories: 3) { Categories(using: &$0) }
  }

  @Test(arguments: PosteriorLaw.allCases) func categories(thatBreak law: PosteriorLaw) {
    let seen = rejecting { try law.check(categories: 3) { Categories(law, using: &$0) } }
    #expect(seen == "PosteriorLaw.\(law)")
  }

  @Test(arguments: PosteriorLaw.allCases) func points(obey law: PosteriorLaw) throws {
    try law.check { Pointed(using: &$0) }
  }
}
