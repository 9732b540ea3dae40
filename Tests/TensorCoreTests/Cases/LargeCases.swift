import TensorCore

extension PrimitiveCase {
  /// Shapes of real models, which take the blocked, vectorized and threaded paths.
  static let large: [PrimitiveCase] =
    [
      linear(batch: 128, from: 784, to: 400, activation: .relu),
      linear(batch: 17, from: 400, to: 20), linear(batch: 1, from: 20, to: 400, activation: .tanh),
      linear(batch: 19, from: 3, to: 4099),
      linear(batch: 19, from: 3, to: 4099, activation: .elu()),
      convolution([17, 28, 28, 1], to: 32, kernel: (3, 3), Window(stride: 2, padding: 1)),
      convolution([1, 4, 4, 256], to: 512, kernel: (3, 3), Window(stride: 1, padding: 1)),
      convolution(
        [1, 64, 64, 3], to: 32, kernel: (4, 4), Window(stride: 2, padding: 1), activation: .relu),
      convolution([2, 28, 28, 32], to: 1, kernel: (3, 3), Window(stride: 1, padding: 1)),
      transposed(
        [17, 7, 7, 64], to: 32, kernel: (3, 3), Window(stride: 2, padding: 1), extra: (1, 1)),
      transposed(
        [1, 32, 32, 32], to: 3, kernel: (4, 4), Window(stride: 2, padding: 1), activation: .sigmoid),
    ]
    + windows.flatMap { image, count, kernel, window in
      let size = window.outputSize(height: image[1], width: image[2], kernel: kernel)
      return [
        convolution(image, to: count, kernel: kernel, window, activation: .leakyReLU()),
        transposed(
          [2, size.height, size.width, count], to: image[3], kernel: kernel, window,
          activation: .relu),
      ]
    }
    + [
      PrimitiveCase(
        "matmul: a batch of attention maps", [.real([12, 65, 64]), .real([12, 64, 65])]
      ) { $0[0].matmul($0[1]) },
      PrimitiveCase("matmul: an odd size", [.real([67, 129]), .real([129, 35])]) {
        $0[0].matmul($0[1])
      },
    ]
    + wide("gelu", Input.real([129, 1025])) { $0.gelu() }
    + wide("sigmoid", Input.real([129, 1025])) { $0.sigmoid() }
    + wide("tanh", Input.real([129, 1025])) { $0.tanh() }
    + wide("softplus", Input.real([129, 1025])) { $0.softplus() }
    + wide("log", Input.positive([129, 1025])) { $0.log() }
    + wide("sum of all", Input.real([129, 1025])) { $0.sum() }
    + wide("sum along", Input.real([1025, 129])) { $0.sum(along: 0) }
    + wide("softmax", Input.real([33, 10_000])) { $0.softmax(along: -1) }
    + wide("log-softmax", Input.real([33, 1001])) { $0.logSoftmax(along: -1) }
    + wide("cumulative sum", Input.real([7, 1001])) { $0.cumulativeSum(along: 1) }
    + wide("batch normalization", Input.real([17, 14, 14, 32])) { $0.normalized(.channel).value }
    + wide("layer normalization", Input.real([65, 256])) { $0.normalized(.example).value }
    + wide("max pooling", Input.distinct([4, 28, 28, 17])) {
      $0.maxPooled(kernel: (2, 2), window: Window(stride: 2))
    }
    + wide("divergence from the standard normal", Input.real([128, 64])) {
      $0.gaussianDivergenceFromStandard(logVariance: $0)
    }
    + [
      PrimitiveCase(
        "Bernoulli log probability: wide",
        [.real([128, 784]), .constant(.probability, [128, 784])]
      ) { $0[0].bernoulliLogProbability(of: $0[1].value) },
      PrimitiveCase(
        "reparameterization: with the divergence, wide",
        [.real([1024, 65]), .real([1024, 65]), .constant(.real, [1024, 65])]
      ) { both($0) },
      affineBatchNorm([2, 40, 40, 32], .relu),
      PrimitiveCase(
        "Gaussian log probability: wide",
        [.real([65, 784]), .real([]), .constant(.real, [65, 784])]
      ) {
        $0[0].gaussianLogProbability(of: $0[2].value, logScale: $0[1])
      },
      PrimitiveCase("sum: wide", [.real([129, 1025]), .real([1025])]) { $0[0] + $0[1] },
      PrimitiveCase("product: wide", [.real([129, 1025]), .real([129, 1])]) { $0[0] * $0[1] },
    ]

  private static let windows: [(Shape, Int, kernel: (height: Int, width: Int), Window)] = [
    ([3, 5, 9, 1], 32, (3, 3), Window(stride: 2, padding: 1)),
    ([3, 7, 6, 32], 64, (3, 3), Window(stride: 2, padding: 1)),
    ([3, 9, 4, 17], 5, (4, 2), Window(stride: 3, dilation: 2)),
    // Few output channels, also over more pixels than one span takes.
    ([3, 6, 8, 32], 1, (3, 3), Window(stride: 1, padding: 1)),
    ([3, 7, 5, 16], 3, (3, 2), Window(stride: 1, padding: 2, dilation: 2)),
    ([3, 3, 300, 8], 2, (3, 3), Window(stride: 1, padding: 1)),
    // Tiny images.
    ([3, 4, 4, 32], 48, (3, 3), Window(stride: 2, padding: 1)),
    ([3, 2, 3, 16], 8, (2, 2), Window(stride: 1)),
    (
      [3, 6, 6, 3], 4, (3, 3),
      Window(stride: (2, 1), padding: .init(top: 0, bottom: 1, left: 2, right: 0))
    ),
  ]

  private static func wide(
    _ name: String, _ input: Input, _ function: @escaping @Sendable (Variable) -> Variable
  ) -> [PrimitiveCase] {
    [PrimitiveCase("\(name): wide, \(input.shape)", [input]) { function($0[0]) }]
  }
}
