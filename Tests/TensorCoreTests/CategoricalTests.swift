import TensorCore
import Testing

@Suite struct CategoricalTests {
  private let indices = Tensor([1, 0, 2, 2], shape: [2, 2])

  private func logits() -> (x: Variable, logits: Variable) {
    var key = RandomKey(seed: 7)
    let x = Variable(key.normal([2, 2, 3], dtype: .float64), requiresGradient: true)
    return (x, x * 2)
  }

  @Test func theGradientStandsInTheLogitsMemory() {
    var key = RandomKey(seed: 7)
    let x = Variable(key.normal([2, 2, 4]), requiresGradient: true)
    let logits = x.linear(
      Variable(key.normal([3, 4]), requiresGradient: true), bias: Variable(key.normal([3])))
    let address = logits.value.withUnsafeBytes { $0.baseAddress }
    let total = logits.categoricalLogProbability(of: indices).sum()
    let gradient = total.gradient(withRespectTo: [x, logits])[1]
    #expect(gradient?.withUnsafeBytes { $0.baseAddress } == address)
  }

  @Test func otherHoldersKeepTheirNumbers() {
    let (x, logits) = logits()
    let (copy, before) = (logits.value, logits.value.doubles)
    let total = logits.categoricalLogProbability(of: indices).sum()
    _ = total.gradient(withRespectTo: [x])
    #expect(copy.doubles == before)
  }

  /// A tape may be walked again, with another seed, or one that holds zeros.
  @Test(arguments: [[1.0, 1], [0, 2], [-3, 0.5]], [[1.0, 1], [4, -1]])
  func aSecondGradientIsRightToo(first: [Double], second: [Double]) {
    func gradients(_ seeds: [[Double]]) -> Tensor? {
      let (x, logits) = logits()
      let total = logits.categoricalLogProbability(of: indices)
      return seeds.map {
        total.gradient(withRespectTo: [x], seed: Tensor($0, shape: [2]))[0]
      }.last ?? nil
    }
    let (once, twice) = (gradients([second])?.doubles ?? [], gradients([first, second])?.doubles)
    #expect(once.count == 12)
    #expect(zip(once, twice ?? []).allSatisfy { abs($0 - $1) < 1e-14 })
  }

  @Test func takenLogitsTrap() async {
    await #expect(processExitsWith: .failure) {
      let x = Variable(Tensor([1.0, 2], shape: [1, 2]), requiresGradient: true)
      let logits = x * 2
      _ = logits.categoricalLogProbability(of: Tensor([1], shape: [1]))
      _ = logits.value
    }
  }

  @Test func withoutGradientsNothingIsTaken() {
    let logits = Variable(Tensor([1.0, 2], shape: [1, 2])) * 2
    _ = logits.categoricalLogProbability(of: Tensor([1], shape: [1]))
    #expect(logits.value.doubles == [2, 4])
  }

  @Test func largeLogitsDoNotOverflow() {
    let logits = Variable(Tensor([1e4, 0, -1e4], shape: [1, 3]), requiresGradient: true)
    let total = logits.categoricalLogProbability(of: Tensor([1], shape: [1]))
    #expect(total.value.item == -1e4)
    #expect(total.sum().gradient(withRespectTo: [logits])[0]?.doubles == [-1, 1, 0])
  }
}
