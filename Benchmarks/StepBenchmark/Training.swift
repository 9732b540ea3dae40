import Foundation
import Layers
import TensorCore

/// Training with Adam: what an epoch does, without reading data.
struct Training: Step {
  private let model: any Autoencoder
  private let batch: Tensor
  private let parameters: [Parameter]
  private var first: [Tensor]
  private var second: [Tensor]
  private var context = Context.training(RandomKey(seed: 2))
  private var step = 0

  init(_ model: any Autoencoder, on batch: Tensor) {
    self.model = model
    self.batch = batch
    parameters = model.trainableParameters
    first = parameters.map { .zeros($0.shape) }
    second = first
  }

  var exampleCount: Int { batch.shape[0] }

  var products: [LayerProduct] { model.products(batch: batch.shape[0]) }

  mutating func callAsFunction() {
    step += 1
    let gradients = model.loss(on: batch, &context).gradient(withRespectTo: parameters)
    let (beta1, beta2) = (0.9, 0.999)
    var rule = OptimizerRule(.adam, rate: 1e-3 / (1 - pow(beta1, Double(step))))
    (rule.firstKeep, rule.firstTake) = (beta1, 1 - beta1)
    (rule.secondKeep, rule.secondTake) = (beta2, 1 - beta2)
    rule.secondScale = 1 / (1 - pow(beta2, Double(step))).squareRoot()
    rule.epsilon = 1e-8
    _ = Parameter.update(parameters) { values in
      OptimizerKernels.step(
        rule, parameters: &values, gradients: gradients, first: &first, second: &second)
    }
  }
}
