import TensorCore
import Testing

/// Small matrices: known values, and what has no answer.
@Suite struct MatrixTests {
  @Test func knownValues() {
    let a = Variable(Tensor([4.0, 12, -16, 12, 37, -43, -16, -43, 98], shape: [3, 3]))
    #expect(a.cholesky().value.doubles == [2, 0, 0, 6, 1, 0, -8, 5, 3])
    #expect(abs(a.logAbsoluteDeterminant().value.item - 36.0.naturalLogarithm) < 1e-13)
    let inverse = Variable(Tensor([4.0, 7, 2, 6], shape: [2, 2])).inverse().value.doubles
    #expect(zip(inverse, [0.6, -0.7, -0.2, 0.4]).allSatisfy { abs($0 - $1) < 1e-15 })
    // A zero at the first place asks for a pivot.
    let turn = Variable(Tensor([0.0, 1, -1, 0], shape: [2, 2]))
    #expect(turn.inverse().value.doubles == [0, -1, 1, 0])
    #expect(turn.logAbsoluteDeterminant().value.item == 0)
  }

  @Test func determinantsOfBothWaysAgree() {
    var key = RandomKey(seed: 4)
    let x = Variable(key.normal([5, 6, 6], dtype: .float64))
    let a = x.matmul(x, transposeOther: true)
    let factor = a.cholesky().diagonal().log().sum(along: -1) * 2
    #expect(a.logAbsoluteDeterminant().value.distance(from: factor.value) < 1e-9)
  }

  @Test func whatHasNoAnswerIsNotFinite() {
    let negative = Variable(Tensor([1.0, 0, 0, -1, 4, 0, 0, 9], shape: [2, 2, 2]))
    let factor = negative.cholesky().value.doubles
    #expect(factor[3].isNaN && Array(factor[4...]) == [2, 0, 0, 3])
    let singular = Variable(Tensor([1.0, 2, 2, 4], shape: [2, 2]))
    #expect(singular.logAbsoluteDeterminant().value.item == -.infinity)
    #expect(!singular.inverse().value.isFinite)
  }

  @Test func emptyMatricesAndBatches() {
    for shape in [[0, 3, 3], [2, 0, 0]] as [Shape] {
      let x = Variable(Tensor.zeros(shape))
      #expect(x.cholesky().shape == shape && x.inverse().shape == shape)
      #expect(x.logAbsoluteDeterminant().value == .zeros([shape[0]]))
      #expect(x.solvingTriangle(x).shape == shape)
    }
  }

  @Test func manyMatricesAreSharedOut() async {
    await #expect(processExitsWith: .success) {
      func run() -> [Tensor] {
        var key = RandomKey(seed: 9)
        let x = Variable(key.normal([500, 12, 12]))
        let a = x.matmul(x, transposeOther: true) + 1
        return [a.cholesky().value, a.inverse().value, x.solvingTriangle(a).value]
      }
      Threads.use(1)
      let alone = run()
      Threads.use(2)
      #expect(run() == alone)
    }
  }

  @Test func wrongShapesTrap() async {
    await #expect(processExitsWith: .failure) { _ = Variable(.zeros([2, 3])).inverse() }
    await #expect(processExitsWith: .failure) {
      _ = Variable(.zeros([2, 2])).solvingTriangle(Variable(.zeros([3, 2])))
    }
  }

  /// A grouped convolution is one whose weight has zeros between groups.
  @Test func groupsDoNotMix() {
    var key = RandomKey(seed: 1)
    let x = Variable(key.normal([2, 5, 5, 4], dtype: .float64))
    let w = key.normal([6, 2, 3, 3], dtype: .float64)
    let halves = (0..<2).map { w.sliced(along: 0, ($0 * 3)..<($0 * 3 + 3)) }
    let whole = Tensor.concatenated(
      [
        halves[0].padded(along: 1, before: 0, after: 2),
        halves[1].padded(along: 1, before: 2, after: 0),
      ], along: 0)
    let grouped = x.convolved(Variable(w), bias: nil, window: Window(stride: 1), groups: 2)
    let expected = x.convolved(Variable(whole), bias: nil, window: Window(stride: 1))
    #expect(grouped.value.distance(from: expected.value) < 1e-13)
    let one = x.convolved(Variable(whole), bias: nil, window: Window(stride: 1), groups: 1)
    #expect(one.value == expected.value)
  }
}

extension Double {
  fileprivate var naturalLogarithm: Double {
    Variable(Tensor(self, dtype: .float64)).log().value.item
  }
}
