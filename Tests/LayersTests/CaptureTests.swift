import Layers
import TensorCore
import Testing

/// What captured passes give, when passes are captured, and when they are not.
@Suite struct CaptureTests {
  private let weight = Parameter(Tensor([0.5, -1.0, 2.0, 1.5, 0.25, 3.0], shape: [2, 3]))
  private let mean = Parameter(.zeros([2]), isTrainable: false)

  private func inputs(_ round: Int, rows: Int = 4) -> Tensor {
    var key = RandomKey(seed: UInt64(round))
    return key.normal([rows, 3], dtype: .float64)
  }

  /// Runs `pass` a few times through a capture and as it is written; both have to give the same bits.
  @discardableResult private func compare(
    rounds: Int = 6, _ pass: @escaping (Tensor, inout Context) -> Variable
  ) -> Capture {
    let capture = Capture([weight, mean])
    for round in 0..<rounds {
      let x = inputs(round), key = RandomKey(seed: 100 + UInt64(round))
      func run() -> [Tensor?] {
        var context = Context.training(key)
        let y = pass(x, &context)
        return [y.value] + y.sum().gradient(withRespectTo: [weight])
      }
      weight.value = weight.value + 0.125
      let expected = run()
      let found = capture([x.shape[0]], inputs: [x], key: key, run)
      #expect(found == expected, "round \(round)")
    }
    return capture
  }

  @Test func aLayerIsCaptured() {
    let capture = compare { x, context in Variable(x).linear(context[weight], bias: nil).tanh() }
    #expect(capture.count == 1)
    #expect(capture.obstacle == nil)
  }

  @Test func noiseFollowsTheKey() {
    let capture = compare { x, context in
      var other = context.key.split().folded(with: 3)
      let noise =
        context.key.normal([4, 2], dtype: .float64) * other.uniform([4, 2], dtype: .float64)
      return Variable(x).linear(context[weight], bias: nil) + Variable(noise)
    }
    #expect(capture.count == 1)
  }

  @Test func drawsAndOrdersFollowTheKeyAndTheNumbers() {
    let capture = compare { x, context in
      let y = Variable(x).linear(context[weight], bias: nil)
      let order = context.key.permutation(count: 4)
      let scale = y.exp().gammaSample(using: &context.key)
      let counts = context.key.poisson(scale.value * 3)
      let chosen = Variable.select(counts .> 1, y.sorted(along: 0), scale)
      return chosen.gathered(order, along: 0) + y.largest(1, along: 1).value
    }
    #expect(capture.count == 1)
  }

  /// A penalty on the slope of a critic, differentiated by its weight.
  @Test func gradientsOfGradientsAreCaptured() {
    let capture = compare { x, context in
      let input = Variable(x, requiresGradient: true)
      let score = input.linear(context[weight], bias: nil, activation: .tanh).sum()
      guard let slope = score.gradientVariables(withRespectTo: [input])[0] else { return score }
      return (slope.squared().sumPerExample().squareRoot() - 1).squared()
    }
    #expect(capture.count == 1)
    #expect(capture.obstacle == nil)
  }

  @Test func valuesThatThePassSetsAreKept() {
    let capture = compare { x, context in
      let y = Variable(x).linear(context[weight], bias: nil)
      mean.value = y.value.sum(along: 0)
      return y
    }
    #expect(capture.count == 1)
    #expect(mean.value == inputs(5).matmul(weight.value, transposeOther: true).sum(along: 0))
  }

  @Test func numbersReadOnTheHostPreventIt() {
    let capture = compare { x, context in
      let y = Variable(x).linear(context[weight], bias: nil)
      return y.value.floats[0] > 0 ? y : -y
    }
    #expect(capture.count == 0)
    #expect(capture.obstacle == "numbers of [4, 2] are read outside of kernels")
  }

  @Test func numbersThatChangePreventIt() {
    var calls = 0.0
    let capture = compare { x, context in
      calls += 1  // twice a round
      return Variable(x).linear(context[weight], bias: nil) * ((calls + 1) / 2).rounded(.down)
    }
    #expect(capture.count == 0)
    #expect(capture.obstacle == "a number in scale changes from step to step")
  }

  @Test func foreignKeysPreventIt() {
    var own = RandomKey(seed: 5)
    let capture = Capture([weight])
    for round in 0..<6 {
      let x = inputs(round)
      _ = capture([], inputs: [x], key: RandomKey(seed: 1)) {
        [x + own.normal([4, 3], dtype: .float64)]
      }
    }
    #expect(capture.count == 0)
    #expect(capture.obstacle == "a random key comes from outside of the pass")
  }

  /// Memory of a copied parameter is not written over, and the capture follows the weight to its new place.
  @Test func weightsMayMove() {
    let capture = Capture([weight])
    var held: [Tensor] = []
    for round in 0..<8 {
      held.append(weight.value)
      weight.update {
        $0.withUnsafeMutableBytes { $0.storeBytes(of: Double(round), as: Double.self) }
      }
      let x = inputs(round)
      let found = capture([], inputs: [x], key: RandomKey(seed: 1)) {
        [Variable(x).linear(Variable(weight.value), bias: nil).value]
      }
      #expect(found[0] == x.matmul(weight.value, transposeOther: true))
    }
    #expect(capture.count == 1)
    #expect(Set(held.map { $0.doubles[0] }).count == 8)
  }

  /// Each signature has a capture of its own, in the same memory.
  @Test func signaturesAlternate() {
    let capture = Capture([weight])
    for round in 0..<12 {
      let x = inputs(round, rows: round.isMultiple(of: 3) ? 2 : 5)
      let found = capture([x.shape[0]], inputs: [x], key: RandomKey(seed: 1)) {
        [Variable(x).linear(Variable(weight.value), bias: nil).softplus().sum(along: 0).value]
      }
      let expected = Variable(x.matmul(weight.value, transposeOther: true)).softplus()
      #expect(found[0] == expected.sum(along: 0).value)
    }
    #expect(capture.count == 2)
  }

  /// What a captured pass gives lies where it lay before.
  @Test func aCapturedPassUsesItsMemoryAgain() {
    let capture = Capture([weight])
    func run(_ round: Int) -> UnsafeRawPointer? {
      let x = inputs(round)
      let given = capture([], inputs: [x], key: RandomKey(seed: 1)) {
        [(Variable(x).linear(Variable(weight.value), bias: nil).exp() + 1).log().value]
      }
      return given[0]?.withUnsafeBytes { $0.baseAddress }
    }
    for round in 0..<3 { _ = run(round) }
    #expect(Set((3..<10).map { run($0) }).count == 1)
  }

  @Test func ordersOfColumnsFollowTheKey() {
    let capture = compare { x, context in
      let order = context.key.columnOrders(rows: 4, columns: 3)
      let shuffled = x.reshaped(to: [-1]).gathered(order, along: 0).reshaped(to: [4, 3])
      return Variable(shuffled).linear(context[weight], bias: nil)
    }
    #expect(capture.count == 1)
  }

  /// A replay runs the kernels that what it gives, or what it moves, depends on.
  @Test func whatNobodyReadsIsLeftOut() {
    func kernels(_ alsoRuns: @escaping (Variable) -> Void) -> Int {
      let capture = Capture([weight, mean])
      let profile = Profile()
      for round in 0..<5 {
        let x = inputs(round)
        func run() -> [Tensor?] {
          let y = Variable(x).linear(Variable(weight.value), bias: nil)
          alsoRuns(y)
          return [y.value]
        }
        let found =
          round < 4
          ? capture([], inputs: [x], key: RandomKey(seed: 1), run)
          : profile.watch { capture([], inputs: [x], key: RandomKey(seed: 1), run) }
        #expect(found[0] == x.matmul(weight.value, transposeOther: true))
      }
      #expect(capture.replayCount == 2)
      return profile.entries.count { $0.isKernel }
    }
    let needed = kernels { _ in }
    let unread = kernels { y in _ = ((y.exp() + 1).log() * y).sum() }
    // What moves is not left out.
    let moving = kernels { [mean] y in mean.value = y.exp().value.sum(along: 0) }
    #expect(needed > 0 && unread == needed && moving >= needed + 2)
    let last = Variable(inputs(4).matmul(weight.value, transposeOther: true)).exp()
    #expect(mean.value == last.value.sum(along: 0))
  }
}
