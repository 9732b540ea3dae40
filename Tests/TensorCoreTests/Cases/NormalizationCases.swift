import TensorCore

extension PrimitiveCase {
  static let normalizations: [PrimitiveCase] =
    [[5, 1], [4, 3], [17, 2], [2, 3, 2, 5]].map { (shape: Shape) in
      PrimitiveCase("batch normalization: \(shape)", [.real(shape)]) {
        $0[0].normalized(.channel).value
      }
    }
    + [[1, 4], [5, 3], [2, 17], [2, 2, 3, 2], [0, 3]].map { (shape: Shape) in
      PrimitiveCase("layer normalization: \(shape)", [.real(shape)]) {
        $0[0].normalized(.example, epsilon: 1e-3).value
      }
    }
    + [([2, 6], 2), ([2, 3, 2, 4], 2), ([1, 2, 2, 3], 3), ([3, 2, 1, 17], 1)].map {
      (shape: Shape, count: Int) in
      PrimitiveCase("group normalization: \(shape) in \(count)", [.real(shape)]) {
        $0[0].normalized(.channelGroups(count: count)).value
      }
    }
    + Activation.allCases.map { affineBatchNorm([4, 3, 2, 5], $0) }
    + [
      affineBatchNorm([5, 1], .leakyReLU(slope: 0.1)), affineBatchNorm([2, 3, 1, 17], .identity),
      affineBatchNorm([0, 3], .identity),
    ]

  static func affineBatchNorm(_ shape: Shape, _ activation: Activation) -> PrimitiveCase {
    PrimitiveCase(
      "batch normalization: \(shape), scale and shift, \(activation.name)",
      [.real(shape), .real([shape[-1]]), .real([shape[-1]])]
    ) {
      $0[0].batchNormalized(scale: $0[1], shift: $0[2], activation: activation).value
    }
  }
}
