import TensorCore

extension PrimitiveCase {
  static let special: [PrimitiveCase] =
    [
      special("log gamma", Input.positive) { $0.logGamma() },
      special("digamma", Input.positive) { $0.digamma() },
      special("polygamma", Input.positive) { $0.polygamma(1) + $0.polygamma(2) },
      special("erfc", Input.real) { $0.erfc() },
      special("inverse erf", Input.probability) { ($0 * 0.5).erfInverse() },
      special("log normal cdf", Input.real) { $0.logNormalCDF() },
      special("log bessel", Input.positive) { $0.logBesselI(order: 0) },
      special("scaled log bessel", Input.positive) { $0.logScaledBesselI(order: 0) },
      special("bessel ratio", Input.positive) { $0.besselRatio(order: 0) },
    ].flatMap { $0 } + [
      PrimitiveCase("log bessel: of a high order", [.positive([5])]) {
        $0[0].logBesselI(order: 20)
      },
      PrimitiveCase("scaled log bessel: of a broken order", [.positive([5])]) {
        $0[0].logScaledBesselI(order: 7.5)
      },
      PrimitiveCase("bessel ratio: of a high order", [.positive([5])]) {
        $0[0].besselRatio(order: 31)
      },
    ]

  private static func special(
    _ name: String, _ input: (Shape) -> Input,
    _ function: @escaping @Sendable (Variable) -> Variable
  ) -> [PrimitiveCase] {
    [[], [0, 3], [3, 17]].map { (shape: Shape) in
      PrimitiveCase("\(name): \(shape)", [input(shape)]) { function($0[0]) }
    }
  }

  static let choices: [PrimitiveCase] = [
    PrimitiveCase("select: where one is larger", [.distinct([3, 4]), .distinct([4], offset: 0.1)]) {
      .select($0[0].value .> $0[1].value, $0[0].squared(), $0[1])
    },
    PrimitiveCase("select: a scalar elsewhere", [.distinct([3, 4], offset: 0.1), .real([])]) {
      .select($0[0].value .< 0, $0[1], $0[0])
    },
    PrimitiveCase("select: by a column", [.real([2, 3]), .real([2, 3])]) {
      .select(Tensor([1, 0], shape: [2, 1]), $0[0], $0[1])
    },
    PrimitiveCase("take along: the last axis, one twice", [.real([2, 3])]) {
      $0[0].taken(Tensor([2, 0, 2, 1, 1, 0, 0, 2], shape: [2, 4]), along: -1)
    },
    PrimitiveCase("take along: the first axis", [.real([3, 2, 2])]) {
      $0[0].taken(Tensor([2, 0, 1, 1], shape: [1, 2, 2]), along: 0)
    },
    PrimitiveCase("sort: [3, 5], axis 1", [.distinct([3, 5])]) { $0[0].sorted(along: 1) },
    PrimitiveCase("sort: [3, 5, 2], axis 1, falling", [.distinct([3, 5, 2])]) {
      $0[0].sorted(along: 1, falling: true)
    },
    PrimitiveCase("sort: [0, 3], axis 0", [.distinct([0, 3])]) { $0[0].sorted(along: 0) },
    PrimitiveCase("largest: two of [3, 5]", [.distinct([3, 5])]) {
      $0[0].largest(2, along: -1).value
    },
  ]

  static let matrices: [PrimitiveCase] = [[1, 1], [3, 3], [2, 2, 4, 4], [0, 2, 2]].flatMap {
    (shape: Shape) in
    [
      PrimitiveCase("cholesky: \(shape)", [.real(shape)]) { covariance($0[0]).cholesky() },
      PrimitiveCase("triangular solve: \(shape)", [.real(shape), .real(wide(shape))]) {
        regular($0[0]).solvingTriangle($0[1])
      },
      PrimitiveCase("triangular solve: \(shape), transposed", [.real(shape), .real(wide(shape))]) {
        regular($0[0]).solvingTriangle($0[1], transposed: true)
      },
      PrimitiveCase("inverse: \(shape)", [.real(shape)]) { regular($0[0]).inverse() },
      PrimitiveCase("log determinant: \(shape)", [.real(shape)]) {
        regular($0[0]).logAbsoluteDeterminant()
      },
      PrimitiveCase("diagonal: \(shape)", [.real(shape)]) { $0[0].diagonal() },
      PrimitiveCase("lower triangle: \(shape)", [.real(shape)]) {
        $0[0].lowerTriangle(diagonal: 0.5)
      },
    ]
  }

  private static func wide(_ shape: Shape) -> Shape {
    Shape(shape.dimensions.dropLast() + [shape[-1] + 1])
  }

  private static func identity(_ x: Variable) -> Variable {
    let n = x.shape[-1]
    return Variable(
      Tensor.oneHot(Tensor(Array(0..<n), shape: [n]), count: n, dtype: x.dtype))
  }

  /// Far from singular.
  private static func regular(_ x: Variable) -> Variable { x + identity(x) * 5 }

  private static func covariance(_ x: Variable) -> Variable {
    x.matmul(x, transposeOther: true) + identity(x) * 5
  }

  static let grouped: [PrimitiveCase] = [
    PrimitiveCase(
      "grouped convolution: 4 to 6 channels in 2",
      [.real([2, 4, 5, 4]), .real([6, 2, 3, 3]), .real([6])]
    ) {
      $0[0].convolved(
        $0[1], bias: $0[2], window: Window(stride: 2, padding: 1), activation: .tanh, groups: 2)
    },
    PrimitiveCase(
      "grouped convolution: each channel by itself", [.real([1, 4, 4, 3]), .real([3, 1, 2, 2])]
    ) { $0[0].convolved($0[1], bias: nil, window: Window(stride: 1), groups: 3) },
    PrimitiveCase(
      "grouped transposed convolution: 4 to 6 channels in 2",
      [.real([2, 3, 2, 4]), .real([4, 3, 3, 3]), .real([6])]
    ) {
      $0[0].transposeConvolved(
        $0[1], bias: $0[2], window: Window(stride: 2, padding: 1), outputPadding: (1, 1), groups: 2)
    },
    PrimitiveCase(
      "masked convolution: what is above", [.real([1, 4, 4, 2]), .real([3, 2, 3, 3])]
    ) {
      let mask = Tensor([1, 1, 1, 1, 0, 0, 0, 0, 0], shape: [3, 3]).converted(to: $0[1].dtype)
      return $0[0].convolved(
        $0[1] * Variable(mask), bias: nil, window: Window(stride: 1, padding: 1))
    },
  ]
}
