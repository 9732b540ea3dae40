import TensorCore

extension PrimitiveCase {
  static let sequences: [PrimitiveCase] = recurrences + categoricals + attention

  private static let recurrences: [PrimitiveCase] = RecurrentCell.allCases.flatMap { cell in
    [
      recurrence(cell, time: 4, lengths: [4, 1, 3], hidden: 5),
      recurrence(cell, time: 4, lengths: [4, 2, 1], hidden: 5, reversed: true),
      recurrence(cell, time: 1, lengths: [1], hidden: 1),
      // More rows than a chunk, more columns than a strip, and padding after the longest row.
      recurrence(cell, time: 3, lengths: (0..<19).map { $0 % 2 + 1 }, hidden: 17, reversed: true),
      recurrence(cell, time: 3, lengths: [], hidden: 2),
    ]
  }

  /// h after each step and the last state of each row, side by side.
  private static func recurrence(
    _ cell: RecurrentCell, time: Int, lengths: [Int], hidden: Int, reversed: Bool = false
  ) -> PrimitiveCase {
    let batch = lengths.count, gates = cell.gateCount * hidden, width = cell.stateCount * hidden
    let shapes: [Shape] = [
      [batch, time, 2], [gates, 2], [gates, hidden], [gates], [gates], [batch, width],
    ]
    return PrimitiveCase(
      "recurrence: \(cell), lengths \(lengths)" + (reversed ? ", reversed" : ""),
      shapes.map(Input.real), isDifferentiableOnce: true
    ) { inputs in
      let weights = RecurrentWeights(
        input: inputs[1], recurrent: inputs[2], inputBias: inputs[3], recurrentBias: inputs[4])
      let states = inputs[0].recurrent(
        cell, weights, initial: inputs[5], lengths: lengths, reversed: reversed)
      let last = lengths.enumerated().map { row, length in row * time + (reversed ? 0 : length - 1)
      }
      return .concatenated(
        [
          states.sliced(along: -1, 0..<hidden).reshaped(to: [batch, time * hidden]),
          states.reshaped(to: [batch * time, width])
            .gathered(Tensor(last, shape: [batch]), along: 0),
        ], along: 1)
    }
  }

  private static let categoricals: [PrimitiveCase] = [
    PrimitiveCase(
      "categorical log probability: [3, 4]", [.real([3, 4])], isDifferentiableOnce: true
    ) {
      $0[0].categoricalLogProbability(of: Tensor([2, 0, 3], shape: [3]))
    },
    PrimitiveCase(
      "categorical log probability: [2, 3, 5], lengths [1, 3]", [.real([2, 3, 5])],
      isDifferentiableOnce: true
    ) {
      $0[0].categoricalLogProbability(
        of: Tensor([4, 0, 0, 1, 1, 3], shape: [2, 3]), lengths: [1, 3])
    },
    PrimitiveCase(
      "categorical log probability: [2, 2, 2, 3], in place", [.real([2, 2, 2, 3])],
      isDifferentiableOnce: true
    ) {
      ($0[0] * 2).categoricalLogProbability(
        of: Tensor([2, 0, -1, 7, 1, 1, 0, 2], shape: [2, 2, 2]), lengths: [1, 2])
    },
    PrimitiveCase(
      "categorical log probability: [1, 2, 600]", [.real([1, 2, 600])], isDifferentiableOnce: true
    ) {
      $0[0].categoricalLogProbability(of: Tensor([599, 0], shape: [1, 2]))
    },
    PrimitiveCase(
      "categorical log probability: [0, 3]", [.real([0, 3])], isDifferentiableOnce: true
    ) {
      $0[0].categoricalLogProbability(of: Tensor([Int32](), shape: [0]))
    },
  ]

  private static let attention: [PrimitiveCase] = [
    PrimitiveCase("attention weights: [2, 2, 3, 4]", [.real([2, 2, 3, 4])]) {
      $0[0].attentionWeights(keyLengths: [4, 2], scale: 0.7)
    },
    PrimitiveCase("attention weights: [2, 2, 3, 4], causal", [.real([2, 2, 3, 4])]) {
      $0[0].attentionWeights(keyLengths: [3, 4], isCausal: true, scale: 0.5)
    },
    PrimitiveCase("attention weights: [1, 1, 1, 1]", [.real([1, 1, 1, 1])]) {
      $0[0].attentionWeights(keyLengths: [1], scale: 1)
    },
  ]
}
