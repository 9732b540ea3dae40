import Foundation
import Layers
import TensorCore

/// Training steps of a workload with Adam: what an epoch does, without reading data.
struct Training {
  let workload: Workload
  private let parameters: [Parameter]
  private var first: [Tensor]
  private var second: [Tensor]
  private var key = RandomKey(seed: 2)
  private var step = 0
  private var pass = OptimizerPass()
  private let capture: Capture

  init(_ workload: Workload) {
    self.workload = workload
    parameters = workload.model.trainableParameters
    first = parameters.map { .zeros($0.shape) }
    second = first
    capture = Capture(workload.model.namedParameters.map(\.parameter))
  }

  /// One step; gives the loss.
  mutating func callAsFunction() -> Double {
    step += 1
    let (loss, gradients) = lossAndGradients()
    let (beta1, beta2) = (0.9, 0.999)
    var rule = OptimizerRule(.adam, rate: 1e-3 / (1 - pow(beta1, Double(step))))
    (rule.firstKeep, rule.firstTake) = (beta1, 1 - beta1)
    (rule.secondKeep, rule.secondTake) = (beta2, 1 - beta2)
    rule.secondScale = 1 / (1 - pow(beta2, Double(step))).squareRoot()
    rule.epsilon = 1e-8
    pass.removeAll()
    var none: [Tensor] = []
    for (i, gradient) in gradients.enumerated() {
      guard let gradient else { continue }
      parameters[i].update {
        pass.add(
          &$0, gradient: gradient, at: i, first: &first, second: &second, averages: &none)
      }
    }
    _ = pass.step(rule)
    return loss
  }

  private mutating func lossAndGradients() -> (Double, [Tensor?]) {
    let key = key.split()
    let numbers = capture([], inputs: [workload.batch], key: key) {
      var context = Context.training(key)
      let loss = workload.model.loss(on: workload.batch, &context)
      return [loss.value] + loss.gradient(withRespectTo: parameters)
    }
    return (numbers[0]?.item ?? .nan, Array(numbers.dropFirst()))
  }
}
