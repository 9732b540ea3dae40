import Layers
import TensorCore

/// The two halves of a model of images, with Bernoulli logits at its end.
protocol ImageAutoencoder: Autoencoder {
  /// Mean and log variance side by side, `[batch, 2 latentCount]`.
  func encode(_ x: Variable, _ context: inout Context) -> Variable
  /// Logits, shaped like the observations.
  func decode(_ codes: Variable, _ context: inout Context) -> Variable
}

extension ImageAutoencoder {
  func loss(on batch: Tensor, _ context: inout Context) -> Variable {
    let (codes, kl) = sample(encode(Variable(batch), &context), &context)
    let logits = decode(codes, &context)
    return (kl - logits.bernoulliLogProbability(of: batch)).mean()
  }
}

/// 784-400-20-400-784, as in PyTorch's basic example.
struct MLPAutoencoder: ImageAutoencoder {
  let layers: [Dense]
  /// The half that draws images.
  var decoder: [Dense] { Array(layers[2...]) }

  init(using key: inout RandomKey) {
    layers = [
      Dense(784, 400, activation: .relu, using: &key), Dense(400, 40, using: &key),
      Dense(20, 400, activation: .relu, using: &key), Dense(400, 784, using: &key),
    ]
  }

  var parts: KeyValuePairs<String, any ModulePart> { ["layers": layers] }

  func encode(_ x: Variable, _ context: inout Context) -> Variable {
    layers[1](layers[0](x, &context), &context)
  }

  func decode(_ codes: Variable, _ context: inout Context) -> Variable {
    layers[3](layers[2](codes, &context), &context)
  }

  func products(batch: Int) -> [LayerProduct] {
    layers.enumerated().map { i, layer in
      LayerProduct(
        layer.weight.shape, input: [batch, layer.weight.shape[1]],
        gradients: i == 0 ? .weight : .both)
    }
  }
}

/// Convolutions of 32 and 64 channels and back, for 28x28 grey images.
struct ConvAutoencoder28: ImageAutoencoder {
  let down: Sequential
  let code: Sequential
  let up: Sequential
  let images: Sequential

  init(using key: inout RandomKey) {
    down = Sequential([
      Conv2D(1, 32, kernel: 3, stride: 2, padding: 1, activation: .relu, using: &key),
      Conv2D(32, 64, kernel: 3, stride: 2, padding: 1, activation: .relu, using: &key),
    ])
    code = Sequential([
      Dense(3136, 128, activation: .relu, using: &key), Dense(128, 40, using: &key),
    ])
    up = Sequential([
      Dense(20, 128, activation: .relu, using: &key),
      Dense(128, 3136, activation: .relu, using: &key),
    ])
    images = Sequential([
      ConvTranspose2D(
        64, 64, kernel: 3, stride: 2, padding: 1, outputPadding: 1, activation: .relu,
        using: &key),
      ConvTranspose2D(
        64, 32, kernel: 3, stride: 2, padding: 1, outputPadding: 1, activation: .relu,
        using: &key), Conv2D(32, 1, kernel: 3, padding: 1, using: &key),
    ])
  }

  var parts: KeyValuePairs<String, any ModulePart> {
    ["down": down, "code": code, "up": up, "images": images]
  }

  func encode(_ x: Variable, _ context: inout Context) -> Variable {
    code(down(x, &context).reshaped(to: [x.shape[0], 3136]), &context)
  }

  func decode(_ codes: Variable, _ context: inout Context) -> Variable {
    images(up(codes, &context).reshaped(to: [codes.shape[0], 7, 7, 64]), &context)
  }

  func products(batch: Int) -> [LayerProduct] {
    [
      LayerProduct([32, 1, 3, 3], input: [batch, 28, 28, 1], stride: 2, gradients: .weight),
      LayerProduct([64, 32, 3, 3], input: [batch, 14, 14, 32], stride: 2),
      LayerProduct([128, 3136], input: [batch, 3136]),
      LayerProduct([40, 128], input: [batch, 128]),
      LayerProduct([128, 20], input: [batch, 20]), LayerProduct([3136, 128], input: [batch, 128]),
      LayerProduct([64, 64, 3, 3], input: [batch, 7, 7, 64], stride: 2, isTransposed: true),
      LayerProduct([64, 32, 3, 3], input: [batch, 14, 14, 64], stride: 2, isTransposed: true),
      LayerProduct([1, 32, 3, 3], input: [batch, 28, 28, 32]),
    ]
  }
}

/// Five strided convolutions with batch normalization and their mirror, for 64x64 colour images.
struct ConvAutoencoder64: ImageAutoencoder {
  static let channels = [3, 32, 64, 128, 256, 512]
  let down: Sequential
  let code: Dense
  let open: Dense
  let up: Sequential

  init(using key: inout RandomKey) {
    let channels = Self.channels
    var layers: [any Layer] = []
    for (a, b) in zip(channels, channels.dropFirst()) {
      layers.append(Conv2D(a, b, kernel: 3, stride: 2, padding: 1, using: &key))
      layers.append(BatchNorm(b, activation: .leakyReLU()))
    }
    down = Sequential(layers)
    code = Dense(2048, 256, using: &key)
    open = Dense(128, 2048, using: &key)
    layers = []
    for (a, b) in zip([512, 256, 128, 64, 32], [256, 128, 64, 32, 32]) {
      layers.append(
        ConvTranspose2D(a, b, kernel: 3, stride: 2, padding: 1, outputPadding: 1, using: &key))
      layers.append(BatchNorm(b, activation: .leakyReLU()))
    }
    layers.append(Conv2D(32, 3, kernel: 3, padding: 1, using: &key))
    up = Sequential(layers)
  }

  var parts: KeyValuePairs<String, any ModulePart> {
    ["down": down, "code": code, "open": open, "up": up]
  }

  func encode(_ x: Variable, _ context: inout Context) -> Variable {
    code(down(x, &context).reshaped(to: [x.shape[0], 2048]), &context)
  }

  func decode(_ codes: Variable, _ context: inout Context) -> Variable {
    up(open(codes, &context).reshaped(to: [codes.shape[0], 2, 2, 512]), &context)
  }

  func products(batch: Int) -> [LayerProduct] {
    var products: [LayerProduct] = []
    for (i, (a, b)) in zip(Self.channels, Self.channels.dropFirst()).enumerated() {
      let input: Shape = [batch, 64 >> i, 64 >> i, a]
      products.append(
        LayerProduct(
          [b, a, 3, 3], input: input, stride: 2, gradients: i == 0 ? .weight : .both))
    }
    products.append(LayerProduct([256, 2048], input: [batch, 2048]))
    products.append(LayerProduct([2048, 128], input: [batch, 128]))
    for (i, (a, b)) in zip([512, 256, 128, 64, 32], [256, 128, 64, 32, 32]).enumerated() {
      let input: Shape = [batch, 2 << i, 2 << i, a]
      products.append(LayerProduct([a, b, 3, 3], input: input, stride: 2, isTransposed: true))
    }
    return products + [LayerProduct([3, 32, 3, 3], input: [batch, 64, 64, 32])]
  }
}
