import TensorCore
import Testing

@Suite struct TapeTests {
  private func leaf(_ value: Double) -> Variable {
    Variable(Tensor(value, dtype: .float64), requiresGradient: true)
  }

  @Test func sharedExpressionsAddUp() {
    let x = leaf(3)
    let square = x * x
    let y = square * square + square + x  // x^4 + x^2 + x
    #expect(y.gradient(withRespectTo: [x])[0]?.item == 115.0)
  }

  @Test func gradientReachesIntermediateResults() {
    let x = leaf(2)
    let y = x.squared()
    let z = y * y
    let gradients = z.gradient(withRespectTo: [y, x, z]).map { $0?.item }
    #expect(gradients == [8, 32, 1])
  }

  @Test func gradientIsNilWhereNothingConnects() {
    let (x, y) = (leaf(1), leaf(2))
    let constant = Variable(Tensor(3, dtype: .float64))
    let gradients = (x * constant).gradient(withRespectTo: [x, y, constant, x])
    #expect(gradients.map { $0?.item } == [3, nil, nil, 3])
    #expect(constant.gradient(withRespectTo: [x])[0] == nil)
    #expect((x.detached * y).gradient(withRespectTo: [x])[0] == nil)
  }

  @Test func gradientsCanBeAskedTwice() {
    let x = leaf(2)
    let y = x.squared()
    #expect(y.gradient(withRespectTo: [x])[0] == y.gradient(withRespectTo: [x])[0])
  }

  @Test func seedWeightsTheResult() {
    let x = Variable(Tensor([1.0, 2], shape: [2]), requiresGradient: true)
    let seed = Tensor([10.0, 100], shape: [2])
    #expect(x.squared().gradient(withRespectTo: [x], seed: seed)[0]?.doubles == [20, 400])
  }

  /// Neither the walk nor taking the tape apart may recurse.
  @Test func longChainsDoNotOverflow() {
    let x = leaf(0)
    var y = x
    for _ in 0..<100_000 { y = y + 1 }
    #expect(y.value.item == 100_000)
    #expect(y.gradient(withRespectTo: [x])[0]?.item == 1)
  }

  /// 60 doublings make 2^60 paths; each node must be visited once.
  @Test func sharedNodesAreVisitedOnce() {
    let x = leaf(1)
    var y = x
    for _ in 0..<60 { y = y + y }
    #expect(y.gradient(withRespectTo: [x])[0]?.item == 0x1p60)
  }

  @Test func tapeIsLetGo() {
    weak var middle: Variable?
    do {
      let x = leaf(1)
      let y = x.exp()
      middle = y
      let z = y * y
      #expect(middle != nil)
      _ = z.gradient(withRespectTo: [x])
    }
    #expect(middle == nil)
  }

  @Test func constantsRecordNothing() {
    weak var argument: Variable?
    let result: Variable
    do {
      let x = Variable(Tensor(1))
      argument = x
      result = x.exp() * x
    }
    #expect(argument == nil)
    #expect(!result.requiresGradient)
  }

  @Test func gradientFreeInputsCostNoGradient() {
    var asked = 0
    let x = leaf(1)
    let constant = Variable(Tensor(2, dtype: .float64))
    let result = Variable(Tensor(1, dtype: .float64), inputs: [x, constant]) { g in
      asked += 1
      return [g, nil]
    }
    #expect(result.gradient(withRespectTo: [x, constant]).map { $0?.item } == [1, nil])
    #expect(asked == 1)
  }

  /// Results of one primitive: a gradient reaches what they come from whichever of them is used, and none reaches a sibling.
  @Test func resultsShareOnePullback() {
    let x = leaf(3)
    let parts = Variable.concatenated(
      [x.reshaped(to: [1]), x.squared().reshaped(to: [1])], along: 0
    )
    .split(along: 0, sizes: [1, 1])
    func gradient(of y: Variable) -> [Double?] {
      y.gradient(withRespectTo: [x] + parts).map { $0?.item }
    }
    #expect(gradient(of: parts[0]) == [1, 1, nil])
    #expect(gradient(of: parts[1]) == [6, nil, 1])
    #expect(gradient(of: parts[0] * parts[1]) == [27, 9, 3])
    #expect(gradient(of: parts[1] * parts[1] + parts[1]) == [114, nil, 19])
  }
}
