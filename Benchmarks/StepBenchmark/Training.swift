import Foundation
import Layers
import TensorCore

/// Training with Adam: what an epoch does, without reading data.
struct Training: Step {
  private let model: any Autoencoder
  private let batch: Tensor
  private let precision: Precision
  private let parameters: [Parameter]
  private var first: [Tensor]
  private var second: [Tensor]
  private var key = RandomKey(seed: 2)
  private var step = 0
  private var pass = OptimizerPass()
  private let capture: Capture

  init(_ model: any Autoencoder, on batch: Tensor, in precision: Precision) {
    self.model = model
    self.precision = precision
    self.batch = batch
    parameters = model.trainableParameters
    first = parameters.map { .zeros($0.shape) }
    second = first
    capture = Capture(model.namedParameters.map(\.parameter))
    if precision == .bfloat16 {
      for parameter in parameters where parameter.shape.rank > 1 { parameter.keepRounded() }
    }
  }

  var exampleCount: Int { batch.shape[0] }

  var products: [LayerProduct] { model.products(batch: batch.shape[0]) }

  mutating func callAsFunction() {
    step += 1
    let numbers = lossAndGradients()
    let (beta1, beta2) = (0.9, 0.999)
    var rule = OptimizerRule(.adam, rate: 1e-3 / (1 - pow(beta1, Double(step))))
    (rule.firstKeep, rule.firstTake) = (beta1, 1 - beta1)
    (rule.secondKeep, rule.secondTake) = (beta2, 1 - beta2)
    rule.secondScale = 1 / (1 - pow(beta2, Double(step))).squareRoot()
    rule.epsilon = 1e-8
    pass.removeAll()
    var none: [Tensor] = []
    for (i, parameter) in parameters.enumerated() {
      guard let gradient = numbers[i + 1] else { continue }
      parameter.update {
        pass.add(
          &$0, rounded: &$1, gradient: gradient, at: i, first: &first, second: &second,
          averages: &none)
      }
    }
    _ = pass.step(rule)
  }

  /// The loss and the gradients, captured once two steps have agreed.
  private mutating func lossAndGradients() -> [Tensor?] {
    let key = key.split()
    return capture([], inputs: [batch], key: key) {
      var context = Context.training(key, precision: precision)
      let loss = model.loss(on: batch, &context)
      return [loss.value] + loss.gradient(withRespectTo: parameters)
    }
  }
}
