import TensorCore

extension PrimitiveCase {
  private static let axes: [(Shape, Int)] = [
    ([1], 0), ([1, 1], 1), ([5], 0), ([2, 3], 0), ([2, 3], 1), ([2, 3], -1), ([3, 2, 17], 1),
    ([3, 2, 17], -1), ([0, 3], 1), ([2, 1, 3], 1),
  ]

  static let reductions: [PrimitiveCase] =
    [
      along("sum along", Input.real) { $0.sum(along: $1) },
      along("mean along", Input.real) { $0.mean(along: $1) },
      along("maximum along", { .distinct($0) }) { $0.maximum(along: $1) },
      along("log-sum-exp", Input.real) { $0.logSumExp(along: $1) },
      along("softmax", Input.real) { $0.softmax(along: $1) },
      along("log-softmax", Input.real) { $0.logSoftmax(along: $1) },
      along("cumulative sum", Input.real) { $0.cumulativeSum(along: $1) },
      whole("sum of all") { $0.sum() },
      whole("mean of all") { $0.mean() },
      [[1, 1], [4, 3], [3, 2, 2, 2], [0, 3]].map { (shape: Shape) in
        PrimitiveCase("sum per example: \(shape)", [.real(shape)]) { $0[0].sumPerExample() }
      },
      [
        PrimitiveCase("sum along: no elements", [.real([3, 0, 2])]) { $0[0].sum(along: 1) }
      ],
    ].flatMap { $0 }

  private static func along(
    _ name: String, _ input: (Shape) -> Input,
    _ function: @escaping @Sendable (Variable, Int) -> Variable
  ) -> [PrimitiveCase] {
    axes.map { shape, axis in
      PrimitiveCase("\(name): \(shape), axis \(axis)", [input(shape)]) { function($0[0], axis) }
    }
  }

  private static func whole(
    _ name: String, _ function: @escaping @Sendable (Variable) -> Variable
  ) -> [PrimitiveCase] {
    [[], [1, 1], [3, 17], [2, 3, 2]].map { (shape: Shape) in
      PrimitiveCase("\(name): \(shape)", [.real(shape)]) { function($0[0]) }
    }
  }
}
