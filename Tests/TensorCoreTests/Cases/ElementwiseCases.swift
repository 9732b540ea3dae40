import TensorCore

extension PrimitiveCase {
  private static let shapes: [Shape] = [[], [1, 1], [0, 3], [3, 17]]

  static let unary: [PrimitiveCase] = [
    unary("negation", Input.real) { -$0 },
    unary("exp", Input.real) { $0.exp() },
    unary("log", Input.positive) { $0.log() },
    unary("log1p", Input.positive) { $0.log1p() },
    unary("square root", Input.positive) { $0.squareRoot() },
    unary("reciprocal", Input.positive) { $0.reciprocal() },
    unary("square", Input.real) { $0.squared() },
    unary("absolute", { .around(0, $0) }) { $0.absolute() },
    unary("sin", Input.real) { $0.sin() },
    unary("cos", Input.real) { $0.cos() },
    unary("tanh", Input.real) { $0.tanh() },
    unary("sigmoid", Input.real) { $0.sigmoid() },
    unary("relu", { .around(0, $0) }) { $0.relu() },
    unary("leaky relu", { .around(0, $0) }) { $0.leakyReLU(slope: 0.2) },
    unary("elu", { .around(0, $0) }) { $0.elu(alpha: 0.7) },
    unary("erf", Input.real) { $0.erf() },
    unary("gelu", Input.real) { $0.gelu() },
    unary("silu", Input.real) { $0.silu() },
    unary("softplus", Input.real) { $0.softplus() },
    unary("clamp below", { .around(0.3, $0) }) { $0.clamped(atLeast: 0.3) },
    unary("clamp above", { .around(0.3, $0) }) { $0.clamped(atMost: 0.3) },
    unary("power", Input.positive) { $0.power(-1.5) },
    unary("scale", Input.real) { 3 * $0 + $0 * 0.5 - $0 / 4 },
    unary("shift", Input.real) { (1 - ($0 + 2)) - 0.5 },
  ].flatMap { $0 }

  private static func unary(
    _ name: String, _ input: (Shape) -> Input,
    _ function: @escaping @Sendable (Variable) -> Variable
  ) -> [PrimitiveCase] {
    shapes.map { shape in PrimitiveCase("\(name): \(shape)", [input(shape)]) { function($0[0]) } }
  }

  /// Every way in which two shapes can fit.
  private static let pairs: [(Shape, Shape)] = [
    ([2, 3], [2, 3]), ([2, 3], [3]), ([3], [2, 3]), ([2, 3], []), ([], [2, 3]), ([], []),
    ([2, 1], [1, 3]), ([1, 1], [2, 3]), ([2, 3], [2, 1]), ([2, 1, 4], [3, 1]),
    ([4, 1, 3, 1], [2, 1, 5]), ([0, 3], [3]), ([0, 3], [1, 1]), ([2, 3, 4], [1, 3, 1]),
    ([3, 17], [17]),
  ]

  static let binary: [PrimitiveCase] = [
    binary("sum", Input.real, Input.real) { $0 + $1 },
    binary("difference", Input.real, Input.real) { $0 - $1 },
    binary("product", Input.real, Input.real) { $0 * $1 },
    binary("quotient", Input.real, Input.positive) { $0 / $1 },
    binary("maximum", { .distinct($0) }, { .distinct($0, offset: 0.1) }) { .maximum($0, $1) },
    binary("minimum", { .distinct($0) }, { .distinct($0, offset: 0.1) }) { .minimum($0, $1) },
  ].flatMap { $0 }

  private static func binary(
    _ name: String, _ left: (Shape) -> Input, _ right: (Shape) -> Input,
    _ function: @escaping @Sendable (Variable, Variable) -> Variable
  ) -> [PrimitiveCase] {
    pairs.map { a, b in
      PrimitiveCase("\(name): \(a) and \(b)", [left(a), right(b)]) { function($0[0], $0[1]) }
    }
  }
}
