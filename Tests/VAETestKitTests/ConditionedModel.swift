import Layers
import TensorCore
import VAECore
import VAETestKit

/// A model whose codes are moved by a number that is known of each row, the sum of its observation.
struct ConditionedModel: LatentModel {
  typealias Observation = Tensor
  let base: MinimalVAE
  /// What becomes of the conditions of a batch, `[rows, 1]`.
  var hearing: (Tensor) -> Tensor = { $0 }

  init(using key: inout RandomKey, hearing: @escaping (Tensor) -> Tensor = { $0 }) throws {
    base = try minimalModel(.shape, using: &key)
    self.hearing = hearing
  }

  var parts: KeyValuePairs<String, any ModulePart> { base.parts }

  func condition(of x: Tensor) -> Tensor {
    x.reshaped(to: [x.shape[0], -1]).sum(along: 1).expanded(at: 1)
  }
  var codeSites: [CodeSite] { base.codeSites }
  func typicalCondition(_ count: Int) -> Tensor { .zeros([count, 1]) }

  func callAsFunction(
    _ x: Tensor?, _ condition: Tensor, _ context: inout Context
  ) -> MinimalDistribution {
    let q = x.map { base.encode($0, &context).repeated(context.sampleCount) }
    let z = context.draw("z", prior: base.prior(condition.rowCount, &context), posterior: q)
    return base.likelihood(base.decoder(z + Variable(hearing(condition)), &context), &context)
  }
}

/// A generator of classes, without any density, whose answer repeats the class.
struct ClassGenerator: LatentModel {
  typealias Observation = Labelled<Tensor>
  let weight: Parameter
  let ignoresClass: Bool

  init(ignoresClass: Bool = false, using key: inout RandomKey) {
    weight = Parameter(key.normal([3, 2]))
    self.ignoresClass = ignoresClass
  }

  var parts: KeyValuePairs<String, any ModulePart> { ["weight": weight] }

  func condition(of x: Labelled<Tensor>) -> Tensor { x.labels }
  func typicalCondition(_ count: Int) -> Tensor {
    Tensor([Int32](repeating: 0, count: count), shape: [count])
  }

  func callAsFunction(
    _ x: Labelled<Tensor>?, _ labels: Tensor, _ context: inout Context
  ) -> Made {
    let prior = MinimalNormal(shape: [labels.rowCount, 2])
    let z = context.draw("z", prior: prior, posterior: x.map { Point(Variable($0.observations)) })
    let moved = ignoresClass ? z : z + context[weight].gathered(labels, along: 0)
    return Made(image: moved, labels: labels)
  }

  struct Made: Distribution {
    let image: Variable
    let labels: Tensor

    func mean(_ context: inout Context) -> Labelled<Tensor> {
      Labelled(image.value, labels: labels)
    }
    func sample(_ context: inout Context) -> Labelled<Tensor> { mean(&context) }
    func logProbability(of x: Labelled<Tensor>, _ context: inout Context) -> Variable? { nil }
    func mapParameters(_ f: (Variable) -> Variable) -> Made {
      Made(image: f(image), labels: f(Variable(labels)).value)
    }
    static var hasDensity: Bool { false }
  }
}
