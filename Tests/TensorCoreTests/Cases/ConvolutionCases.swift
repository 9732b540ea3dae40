import TensorCore

extension PrimitiveCase {
  private static let skewed = Window(
    stride: (2, 1), padding: .init(top: 0, bottom: 2, left: 1, right: 0), dilation: (1, 2))

  static let convolutions: [PrimitiveCase] =
    [
      convolution([1, 1, 1, 1], to: 1, kernel: (1, 1), Window(stride: 1)),
      convolution([2, 5, 4, 3], to: 2, kernel: (3, 3), Window(stride: 1, padding: 1)),
      convolution([2, 5, 4, 3], to: 17, kernel: (3, 2), Window(stride: 2)),
      convolution([1, 6, 5, 17], to: 3, kernel: (4, 4), Window(stride: 2, padding: 1)),
      convolution([3, 7, 6, 2], to: 1, kernel: (3, 3), Window(stride: 1, padding: 2, dilation: 2)),
      convolution([2, 5, 6, 2], to: 3, kernel: (2, 3), skewed),
      convolution([0, 4, 4, 3], to: 2, kernel: (3, 3), Window(stride: 1, padding: 1)),
      convolution([2, 1, 1, 3], to: 2, kernel: (3, 3), Window(stride: 2, padding: 1)),
      convolution([1, 5, 5, 1], to: 2, kernel: (3, 3), Window(stride: 3, padding: 1), bias: false),
      convolution([2, 4, 4, 1], to: 3, kernel: (2, 2), Window(stride: 3)),
    ]
    + Activation.allCases.map {
      convolution([2, 3, 3, 2], to: 3, kernel: (2, 2), Window(stride: 1), activation: $0)
    }
    + [
      transposed([1, 1, 1, 1], to: 1, kernel: (1, 1), Window(stride: 1)),
      transposed([2, 3, 2, 3], to: 2, kernel: (3, 3), Window(stride: 1, padding: 1)),
      transposed([2, 2, 3, 17], to: 3, kernel: (4, 4), Window(stride: 2, padding: 1)),
      transposed(
        [2, 3, 2, 2], to: 17, kernel: (3, 3), Window(stride: 2, padding: 1), extra: (1, 1)),
      transposed(
        [1, 3, 2, 2], to: 3, kernel: (3, 2), Window(stride: 3, padding: 1, dilation: 2),
        extra: (2, 0)),
      transposed([2, 3, 4, 3], to: 2, kernel: (4, 3), skewed, extra: (1, 0)),
      transposed([0, 2, 2, 3], to: 2, kernel: (3, 3), Window(stride: 2, padding: 1)),
      transposed([2, 1, 1, 5], to: 2, kernel: (4, 5), Window(stride: 1)),
      transposed([1, 2, 2, 1], to: 2, kernel: (2, 2), Window(stride: 3), bias: false),
    ]
    + Activation.allCases.map {
      transposed([2, 2, 2, 2], to: 3, kernel: (2, 2), Window(stride: 2), activation: $0)
    }

  static func convolution(
    _ image: Shape, to count: Int, kernel: (Int, Int), _ window: Window, bias: Bool = true,
    activation: Activation = .identity
  ) -> PrimitiveCase {
    let weight: Shape = [count, image[3], kernel.0, kernel.1]
    return PrimitiveCase(
      "convolution: \(image) by \(weight), \(window.summary), \(activation.name)",
      [.real(image), .real(weight)] + (bias ? [.real([count])] : [])
    ) {
      $0[0].convolved($0[1], bias: bias ? $0[2] : nil, window: window, activation: activation)
    }
  }

  static func transposed(
    _ image: Shape, to count: Int, kernel: (Int, Int), _ window: Window, extra: (Int, Int) = (0, 0),
    bias: Bool = true, activation: Activation = .identity
  ) -> PrimitiveCase {
    let weight: Shape = [image[3], count, kernel.0, kernel.1]
    let outputPadding = (height: extra.0, width: extra.1)
    return PrimitiveCase(
      "transposed convolution: \(image) by \(weight), \(window.summary), output padding \(extra), "
        + activation.name,
      [.real(image), .real(weight)] + (bias ? [.real([count])] : [])
    ) {
      $0[0].transposeConvolved(
        $0[1], bias: bias ? $0[2] : nil, window: window, outputPadding: outputPadding,
        activation: activation)
    }
  }
}

extension Window {
  fileprivate var summary: String {
    "stride \(stride.height) \(stride.width), dilation \(dilation.height) \(dilation.width), "
      + "padding \(padding.top) \(padding.bottom) \(padding.left) \(padding.right)"
  }
}
