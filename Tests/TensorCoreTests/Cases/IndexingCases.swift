import TensorCore

extension PrimitiveCase {
  static let indexing: [PrimitiveCase] = [
    PrimitiveCase("reshape: an open size", [.real([2, 3, 4])]) { $0[0].reshaped(to: [4, -1]) },
    PrimitiveCase("reshape: per example", [.real([2, 3, 4])]) { $0[0].flattenedPerExample() },
    PrimitiveCase("transpose: [1, 1]", [.real([1, 1])]) { $0[0].transposed([1, 0]) },
    PrimitiveCase("transpose: [2, 3, 4]", [.real([2, 3, 4])]) { $0[0].transposed([2, 0, 1]) },
    PrimitiveCase("transpose: [2, 1, 3, 5]", [.real([2, 1, 3, 5])]) {
      $0[0].transposed([0, 3, 1, 2])
    },
    PrimitiveCase("transpose: [0, 3]", [.real([0, 3])]) { $0[0].transposed([1, 0]) },
    PrimitiveCase("broadcast: [3, 1] to [2, 3, 4]", [.real([3, 1])]) {
      $0[0].broadcast(to: [2, 3, 4])
    },
    PrimitiveCase("broadcast: [] to [2, 3]", [.real([])]) { $0[0].broadcast(to: [2, 3]) },
    PrimitiveCase("broadcast: [1, 3] to [0, 3]", [.real([1, 3])]) { $0[0].broadcast(to: [0, 3]) },
    PrimitiveCase("slice: the first axis", [.real([5, 3])]) { $0[0].sliced(along: 0, 1..<4) },
    PrimitiveCase("slice: the last axis", [.real([2, 3, 5])]) { $0[0].sliced(along: -1, 3..<5) },
    PrimitiveCase("slice: the middle axis", [.real([2, 4, 3])]) { $0[0].sliced(along: 1, 2..<3) },
    PrimitiveCase("slice: nothing", [.real([2, 4, 3])]) { $0[0].sliced(along: 1, 2..<2) },
    PrimitiveCase("pad: the first axis", [.real([2, 3])]) {
      $0[0].padded(along: 0, before: 1, after: 2, with: 7)
    },
    PrimitiveCase("pad: the middle axis", [.real([2, 3, 2])]) {
      $0[0].padded(along: 1, before: 0, after: 1)
    },
    PrimitiveCase("pad: the last axis", [.real([2, 1])]) {
      $0[0].padded(along: -1, before: 2, after: 0, with: -1)
    },
    PrimitiveCase("concatenate: the first axis", [.real([1, 3]), .real([2, 3]), .real([0, 3])]) {
      .concatenated($0, along: 0)
    },
    PrimitiveCase("concatenate: the middle axis", [.real([2, 1, 3]), .real([2, 2, 3])]) {
      .concatenated($0, along: 1)
    },
    PrimitiveCase("concatenate: the last axis", [.real([2, 3]), .real([2, 1]), .real([2, 17])]) {
      .concatenated($0, along: -1)
    },
    PrimitiveCase("concatenate: one with itself", [.real([2, 3])]) {
      .concatenated([$0[0], $0[0]], along: 0)
    },
    PrimitiveCase("stack: a new first axis", [.real([2, 3]), .real([2, 3])]) { .stacked($0) },
    PrimitiveCase("stack: a new last axis", [.real([2, 3]), .real([2, 3])]) {
      .stacked($0, along: -1)
    },
    PrimitiveCase("split: the last axis", [.real([2, 6])]) {
      let parts = $0[0].split(along: -1, sizes: [2, 0, 3, 1])
      return .concatenated([parts[2], parts[0], parts[3] * 2, parts[1]], along: 1)
    },
    PrimitiveCase("split: a part that nothing depends on", [.real([2, 6, 2])]) {
      let parts = $0[0].split(along: 1, sizes: [2, 3, 1])
      return .concatenated([parts[2], parts[1]], along: 1)
    },
    PrimitiveCase("gather: rows, one twice", [.real([4, 3])]) {
      $0[0].gathered(Tensor([2, 0, 2], shape: [3]), along: 0)
    },
    PrimitiveCase("gather: columns", [.real([2, 5])]) {
      $0[0].gathered(Tensor([4, 1], shape: [2]), along: -1)
    },
    PrimitiveCase("gather: the middle axis", [.real([2, 3, 2])]) {
      $0[0].gathered(Tensor([1, 1, 0, 2], shape: [4]), along: 1)
    },
    PrimitiveCase("scatter: rows, one twice and one never", [.real([3, 2])]) {
      $0[0].scatterAdded(Tensor([2, 0, 2], shape: [3]), along: 0, size: 4)
    },
    PrimitiveCase("scatter: the middle axis", [.real([2, 2, 3])]) {
      $0[0].scatterAdded(Tensor([1, 1], shape: [2]), along: 1, size: 3)
    },
    PrimitiveCase("gather: nothing", [.real([4, 3])]) {
      $0[0].gathered(Tensor([Int32](), shape: [0]), along: 0)
    },
    PrimitiveCase("embedding: tokens [2, 3]", [.real([5, 4])]) {
      $0[0].embedded(Tensor([1, 4, 1, 0, 3, 1], shape: [2, 3]))
    },
    PrimitiveCase("embedding: width 1", [.real([3, 1])]) {
      $0[0].embedded(Tensor([2], shape: [1]))
    },
    PrimitiveCase("pick: [3, 4]", [.real([3, 4])]) { $0[0].picked(Tensor([3, 0, 1], shape: [3])) },
    PrimitiveCase("pick: [2, 2, 3]", [.real([2, 2, 3])]) {
      $0[0].picked(Tensor([2, 0, 1, 1], shape: [2, 2]))
    },
  ]
}
