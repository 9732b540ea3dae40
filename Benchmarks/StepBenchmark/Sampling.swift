import Layers
import TensorCore

/// Ten thousand images from codes of the prior, a thousand at a time; nothing is recorded for gradients.
struct Sampling: Step {
  private let model: MLPAutoencoder
  private let capture: Capture
  private let precision: Precision
  private var key = RandomKey(seed: 2)
  private let batchCount = 10
  private let batchSize = 1000

  init(_ model: MLPAutoencoder, in precision: Precision) {
    self.model = model
    self.precision = precision
    capture = Capture(model.namedParameters.map(\.parameter))
  }

  var exampleCount: Int { batchCount * batchSize }

  var products: [LayerProduct] {
    model.decoder.map { layer in
      LayerProduct(
        layer.weight.shape, input: [batchSize, layer.weight.shape[1]], gradients: .none,
        times: batchCount)
    }
  }

  mutating func callAsFunction() {
    for _ in 0..<batchCount {
      let key = key.split()
      _ = capture([], inputs: [], key: key) {
        var context = Context.inference(key)
        context.precision = precision
        let codes = Variable(context.key.normal([batchSize, 20]))
        return [model.decode(codes, &context).sigmoid().value]
      }
    }
  }
}
