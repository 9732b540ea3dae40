import TensorCore

extension PrimitiveCase {
  /// Losses that hold a gradient: (|slope of a network by its input| - 1)², as a function of the input and the weights.
  ///
  /// - Source: Gulrajani et al., "Improved Training of Wasserstein GANs", arXiv:1704.00028.
  static let penalties: [PrimitiveCase] = [
    PrimitiveCase(
      "gradient penalty: dense layers",
      [.real([3, 4]), .real([5, 4]), .real([5]), .real([6, 5]), .real([6]), .real([1, 6])]
    ) { inputs in
      penalty(inputs[0]) { x in
        x.linear(inputs[1], bias: inputs[2], activation: .tanh)
          .linear(inputs[3], bias: inputs[4], activation: .gelu)
          .linear(inputs[5], bias: nil)
      }
    },
    PrimitiveCase(
      "gradient penalty: convolutions",
      [
        .real([2, 6, 5, 2]), .real([3, 2, 3, 3]), .real([3]), .real([3, 2, 2, 2]), .real([1, 60]),
      ]
    ) { inputs in
      penalty(inputs[0]) { x in
        x.convolved(
          inputs[1], bias: inputs[2], window: Window(stride: 2, padding: 1), activation: .tanh
        )
        .transposeConvolved(
          inputs[3], bias: nil, window: Window(stride: 2, padding: 0), activation: .sigmoid
        )
        .normalized(.channelGroups(count: 2), epsilon: 0.1).value.silu()
        .sliced(along: 2, 0..<5)
        .flattenedPerExample().linear(inputs[4], bias: nil) * 0.1
      }
    },
    PrimitiveCase(
      "gradient penalty: kinks",
      [.real([2, 4, 4, 2]), .real([3, 2, 3, 3]), .real([3]), .real([1, 3])]
    ) { inputs in
      penalty(inputs[0]) { x in
        x.convolved(
          inputs[1], bias: inputs[2], window: Window(stride: 1, padding: 1),
          activation: .leakyReLU(slope: 0.2)
        )
        .squared()
        .averagePooled(kernel: (2, 2), window: Window(stride: 2))
        .maxPooled(kernel: (2, 2), window: Window(stride: 1))
        .flattenedPerExample().linear(inputs[3], bias: nil, activation: .softplus)
      }
    },
  ]

  private static func penalty(
    _ x: Variable, _ network: (Variable) -> Variable
  ) -> Variable {
    let x = x.requiresGradient ? x : Variable(x.value, requiresGradient: true)
    guard let slope = network(x).sum().gradientVariables(withRespectTo: [x])[0] else { return x }
    let length = (slope.squared().sumPerExample() + 1e-6).squareRoot()
    return (length - 1).squared()
  }
}
