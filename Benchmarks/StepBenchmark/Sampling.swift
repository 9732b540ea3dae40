import Layers
import TensorCore

/// Ten thousand images from codes of the prior, a thousand at a time; nothing is recorded for gradients.
struct Sampling: Step {
  private let model: MLPAutoencoder
  private var context = Context.inference(RandomKey(seed: 2))
  private let batchCount = 10
  private let batchSize = 1000

  init(_ model: MLPAutoencoder) { self.model = model }

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
      let codes = Variable(context.key.normal([batchSize, 20]))
      _ = model.decode(codes, &context).sigmoid()
    }
  }
}
