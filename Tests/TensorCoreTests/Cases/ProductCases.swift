import TensorCore

extension PrimitiveCase {
  static let products: [PrimitiveCase] =
    [
      ([1, 1], [1, 1]), ([3, 2], [2, 5]), ([1, 17], [17, 1]), ([0, 3], [3, 2]), ([2, 3], [3, 0]),
      ([2, 0], [0, 3]), ([17, 0], [0, 40]), ([17, 3], [3, 17]), ([4, 2, 3], [4, 3, 5]),
      ([4, 2, 3], [3, 5]),
      ([2, 3], [4, 3, 5]), ([2, 3, 1, 2], [2, 3, 2, 1]), ([0, 2, 3], [3, 2]),
    ].map { (a: Shape, b: Shape) in
      PrimitiveCase("matmul: \(a) by \(b)", [.real(a), .real(b)]) { $0[0].matmul($0[1]) }
    }
    + [(true, false), (false, true), (true, true)].flatMap { a, b in
      [([2, 3], [3, 4]), ([2, 3, 2], [2, 2, 5]), ([2, 3], [4, 3, 2]), ([4, 2, 3], [3, 5])].map {
        (left: Shape, right: Shape) in
        func stored(_ shape: Shape, _ isTransposed: Bool) -> Shape {
          guard isTransposed else { return shape }
          return Shape(shape.dimensions.dropLast(2) + [shape[-1], shape[-2]])
        }
        return PrimitiveCase(
          "matmul: \(left) by \(right), transposed \(a) and \(b)",
          [.real(stored(left, a)), .real(stored(right, b))]
        ) { $0[0].matmul($0[1], transposeSelf: a, transposeOther: b) }
      }
    }
    + Activation.allCases.map { activation in
      linear(batch: 3, from: 4, to: 5, activation: activation)
    }
    + [
      linear(batch: 1, from: 1, to: 1), linear(batch: 0, from: 3, to: 2),
      linear(batch: 2, from: 17, to: 1, bias: false), linear(batch: 17, from: 1, to: 3),
      linear(batch: 1, from: 3, to: 17, activation: .leakyReLU(slope: 0.3)),
      linear(batch: 2, from: 3, to: 4, bias: false, activation: .elu(alpha: 0.5)),
    ]

  static func linear(
    batch: Int, from width: Int, to count: Int, bias: Bool = true,
    activation: Activation = .identity
  ) -> PrimitiveCase {
    var inputs: [Input] = [.real([batch, width]), .real([count, width])]
    if bias { inputs.append(.real([count])) }
    return PrimitiveCase(
      "linear: \(batch) by \(width) to \(count), \(activation.name)\(bias ? "" : ", no bias")",
      inputs
    ) { $0[0].linear($0[1], bias: bias ? $0[2] : nil, activation: activation) }
  }
}
