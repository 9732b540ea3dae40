import Testing

@testable import TensorCore

/// The float32 path (oneDNN and fused loops where they are built in) against the plain float64 path.
@Suite struct FloatParityTests {
  static let activations: [Activation] = [
    .identity, .relu, .leakyReLU(slope: 0.1), .leakyReLU(slope: 0), .elu(alpha: 0.7), .tanh,
    .sigmoid, .gelu, .silu, .softplus,
  ]

  @Test(arguments: activations)
  func linear(activation: Activation) {
    for (rows, inputs, outputs) in [(1, 1, 1), (7, 17, 3), (128, 40, 65), (3, 1, 130)] {
      compare([[rows, inputs], [outputs, inputs], [outputs]]) {
        $0[0].linear($0[1], bias: $0[2], activation: activation)
      }
    }
  }

  @Test func batchedProducts() {
    compare([[4, 5, 3], [4, 3, 7]]) { $0[0].matmul($0[1]) }
    compare([[4, 5, 3], [3, 7]]) { $0[0].matmul($0[1]) }
    compare([[5, 3], [2, 2, 3, 7]]) { $0[0].matmul($0[1]) }
    compare([[1, 1, 1], [1, 1, 1]]) { $0[0].matmul($0[1]) }
  }

  struct Geometry: Sendable, CustomTestStringConvertible {
    var image: (height: Int, width: Int)
    var channels: (input: Int, output: Int)
    var kernel: (height: Int, width: Int)
    var window: Window

    var testDescription: String {
      "\(image), channels \(channels), kernel \(kernel), stride \(window.stride)"
    }
  }

  static let geometries: [Geometry] = [
    // One pixel, and one channel.
    Geometry(image: (1, 1), channels: (1, 1), kernel: (1, 1), window: Window(stride: 1)),
    Geometry(
      image: (5, 9), channels: (1, 32), kernel: (3, 3), window: Window(stride: 2, padding: 1)),
    // Wide direct convolutions.
    Geometry(
      image: (7, 6), channels: (32, 64), kernel: (3, 3), window: Window(stride: 2, padding: 1)),
    Geometry(
      image: (9, 4), channels: (17, 5), kernel: (4, 2), window: Window(stride: 3, dilation: 2)),
    // Few output channels: planes, also wider than one span.
    Geometry(
      image: (6, 8), channels: (32, 1), kernel: (3, 3), window: Window(stride: 1, padding: 1)),
    Geometry(
      image: (7, 5), channels: (16, 3), kernel: (3, 2),
      window: Window(stride: 1, padding: 2, dilation: 2)),
    Geometry(
      image: (3, 300), channels: (8, 2), kernel: (3, 3), window: Window(stride: 1, padding: 1)),
    // Tiny images: patches.
    Geometry(
      image: (4, 4), channels: (32, 48), kernel: (3, 3), window: Window(stride: 2, padding: 1)),
    Geometry(image: (2, 3), channels: (16, 8), kernel: (2, 2), window: Window(stride: 1)),
    // Padding on one side only.
    Geometry(
      image: (6, 6), channels: (3, 4), kernel: (3, 3),
      window: Window(
        stride: (2, 1), padding: .init(top: 0, bottom: 1, left: 2, right: 0))),
  ]

  @Test(arguments: geometries)
  func convolution(_ g: Geometry) {
    for activation in [Activation.identity, .leakyReLU(), .gelu] {
      compare([
        [3, g.image.height, g.image.width, g.channels.input],
        [g.channels.output, g.channels.input, g.kernel.height, g.kernel.width],
        [g.channels.output],
      ]) {
        $0[0].convolved($0[1], bias: $0[2], window: g.window, activation: activation)
      }
    }
  }

  @Test(arguments: geometries)
  func transposedConvolution(_ g: Geometry) {
    let size = g.window.outputSize(
      height: g.image.height, width: g.image.width, kernel: g.kernel)
    for activation in [Activation.identity, .relu] {
      compare([
        [2, size.height, size.width, g.channels.output],
        [g.channels.output, g.channels.input, g.kernel.height, g.kernel.width],
        [g.channels.input],
      ]) {
        $0[0].transposeConvolved(
          $0[1], bias: $0[2], window: g.window, activation: activation)
      }
    }
  }

  @Test(arguments: [Activation.identity, .relu, .leakyReLU(slope: 0.1), .tanh])
  func batchNormalization(activation: Activation) {
    for shape in [Shape([2, 1]), [40, 3], [3, 5, 4, 17], [2, 40, 40, 32]] {
      compare([shape, [shape[-1]], [shape[-1]]]) {
        $0[0].batchNormalized(scale: $0[1], shift: $0[2], activation: activation).value
      }
    }
  }

  @Test func normalizationWithALargeMean() {
    var key = RandomKey(seed: 5)
    let x = key.normal([500, 3]) + Tensor(1000)
    let single = Variable(x).normalized(.channel)
    let double = Variable(x.converted(to: .float64)).normalized(.channel)
    expectClose(single.variance, double.variance, tolerance: 1e-3)
    expectClose(single.value.value, double.value.value, tolerance: 1e-3)
  }

  @Test func distributions() {
    compare([[5, 33], [5, 33]]) {
      var key = RandomKey(seed: 3)
      let noise = key.normal([5, 33])
      return $0[0].reparameterized(
        logVariance: $0[1], noise: noise.converted(to: $0[0].dtype))
    }
    compare([[5, 33], [5, 33]]) { $0[0].gaussianDivergenceFromStandard(logVariance: $0[1]) }
  }

  // MARK: - Comparing

  /// Runs `function` and its pullback on the same numbers in both formats.
  private func compare(
    _ shapes: [Shape], location: SourceLocation = #_sourceLocation,
    _ function: ([Variable]) -> Variable
  ) {
    var key = RandomKey(seed: 1)
    let inputs = shapes.map { key.normal($0) }
    func run(_ dtype: DType) -> (Tensor, [Tensor?]) {
      let leaves = inputs.map { Variable($0.converted(to: dtype), requiresGradient: true) }
      let y = function(leaves)
      var key = RandomKey(seed: 2)
      let seed = key.normal(y.shape).converted(to: dtype)
      return (y.value, y.gradient(withRespectTo: leaves, seed: seed))
    }
    let (single, double) = (run(.float32), run(.float64))
    expectClose(single.0, double.0, location: location)
    for (a, b) in zip(single.1, double.1) {
      guard let a, let b else {
        Issue.record("a gradient is missing", sourceLocation: location)
        continue
      }
      expectClose(a, b, location: location)
    }
  }

  private func expectClose(
    _ a: Tensor, _ b: Tensor, tolerance: Double = 2e-5,
    location: SourceLocation = #_sourceLocation
  ) {
    #expect(a.shape == b.shape, sourceLocation: location)
    let (x, y) = (a.doubles, b.doubles)
    // Sums of many terms cancel: errors are judged beside the largest element.
    let scale = y.reduce(1) { max($0, abs($1)) }
    let worst = zip(x, y).map { abs($0 - $1) }.max() ?? 0
    #expect(worst <= tolerance * scale, "worst difference \(worst)", sourceLocation: location)
  }
}
