import TensorCore

/// The products of one layer without bias and activation: what bounds a step from below.
struct LayerProduct {
  /// What a step differentiates the layer by.
  enum Gradients: Int {
    /// Nothing: the step does not train.
    case none
    /// The weight alone: the first layer's input needs no gradient.
    case weight
    /// The weight and the input.
    case both
  }

  let weight: Shape
  let input: Shape
  let stride: Int
  let isTransposed: Bool
  var gradients: Gradients
  /// How often a step does this.
  let times: Int

  /// A dense layer for a weight of two axes, otherwise a 3x3 convolution or its transpose.
  init(
    _ weight: Shape, input: Shape, stride: Int = 1, isTransposed: Bool = false,
    gradients: Gradients = .both, times: Int = 1
  ) {
    self.weight = weight
    self.input = input
    self.stride = stride
    self.isTransposed = isTransposed
    self.gradients = gradients
    self.times = times
  }

  /// Multiplications and additions of the forward product: each weight meets each position of the
  /// strided side.
  var forwardOperations: Double {
    let positions =
      weight.rank == 2 || isTransposed
      ? input.dimensions.dropLast().reduce(1, *)
      : input[0] * ((input[1] - 1) / stride + 1) * ((input[2] - 1) / stride + 1)
    return Double(2 * weight.count * positions)
  }

  /// Those of a step; each gradient costs what the forward product does.
  var operations: Double { forwardOperations * Double((1 + gradients.rawValue) * times) }

  var description: String {
    let kind = weight.rank == 2 ? "dense" : isTransposed ? "transposed" : "convolution"
    return "\(kind) \(weight) on \(input)" + (times == 1 ? "" : ", \(times) times")
  }

  private func forward(_ x: Variable, _ w: Variable) -> Variable {
    if weight.rank == 2 { return x.linear(w, bias: nil) }
    let window = Window(stride: stride, padding: 1)
    return isTransposed
      ? x.transposeConvolved(w, bias: nil, window: window, outputPadding: (1, 1))
      : x.convolved(w, bias: nil, window: window)
  }

  /// The products as a closure, ready to be timed: the forward one, and all of a step's.
  func prepared() -> (forward: () -> Void, all: () -> Void) {
    var key = RandomKey(seed: 3)
    let x = Variable(key.normal(input), requiresGradient: gradients == .both)
    let w = Variable(key.normal(weight), requiresGradient: gradients != .none)
    let seed = key.normal(forward(x, w).shape)
    let targets = [x, w].filter(\.requiresGradient)
    return (
      { _ = forward(x, w) },
      {
        for _ in 0..<times { _ = forward(x, w).gradient(withRespectTo: targets, seed: seed) }
      }
    )
  }
}

/// Seconds of one call: the best of `rounds` rounds of a few milliseconds each.
func bestSeconds(rounds: Int = 7, _ body: () -> Void) -> Double {
  let clock = ContinuousClock()
  body()
  let once = max(clock.measure(body) / .seconds(1), 1e-7)
  let count = max(1, Int(0.01 / once))
  var best = Double.infinity
  for _ in 0..<rounds {
    let elapsed = clock.measure { for _ in 0..<count { body() } }
    best = min(best, elapsed / .seconds(1) / Double(count))
  }
  return best
}
