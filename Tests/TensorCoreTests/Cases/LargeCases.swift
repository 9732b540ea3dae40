import TensorCore

extension PrimitiveCase {
  /// Shapes of real models, which take the blocked, vectorized and threaded paths.
  static let large: [PrimitiveCase] =
    [
      linear(batch: 128, from: 784, to: 400, activation: .relu),
      linear(batch: 17, from: 400, to: 20), linear(batch: 1, from: 20, to: 400, activation: .tanh),
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
      PrimitiveCase("sum: wide", [.real([129, 1025]), .real([1025])]) { $0[0] + $0[1] },
      PrimitiveCase("product: wide", [.real([129, 1025]), .real([129, 1])]) { $0[0] * $0[1] },
    ]

  private static func wide(
    _ name: String, _ input: Input, _ function: @escaping @Sendable (Variable) -> Variable
  ) -> [PrimitiveCase] {
    [PrimitiveCase("\(name): wide, \(input.shape)", [input]) { function($0[0]) }]
  }
}
