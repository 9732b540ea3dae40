import Layers
import TensorCore
import Testing
import VAETestKit

@Suite struct LayerTests {
  @Test(arguments: [0.0, 0.25, 0.8]) func dropoutKeepsTheMean(rate: Double) {
    let layer = Dropout(rate)
    let x = Variable(Tensor(repeating: 2, shape: [100, 200]), requiresGradient: true)
    var context = Context.training(RandomKey(seed: 4))
    let y = layer(x, &context)
    let kept = y.value.doubles.filter { $0 != 0 }
    #expect(abs(Double(kept.count) / 20_000 - (1 - rate)) < 0.02)
    #expect(kept.allSatisfy { abs($0 - 2 / (1 - rate)) < 1e-5 })
    // The same elements pass the gradient on, scaled alike.
    let gradient = y.sum().gradient(withRespectTo: [x])[0]?.doubles ?? []
    #expect(zip(y.value.doubles, gradient).allSatisfy { abs($0 - 2 * $1) < 1e-5 })

    var other = Context.inference()
    #expect(layer(x, &other).value == x.value)
  }

  @Test func dropoutFollowsTheKey() {
    let x = Variable(Tensor(repeating: 1, shape: [50]))
    let results = [1, 1, 2].map { (seed: UInt64) in
      var context = Context.training(RandomKey(seed: seed))
      return Dropout(0.5)(x, &context).value
    }
    #expect(results[0] == results[1] && results[0] != results[2])
  }

  @Test func sequentialNamesLayersByPosition() {
    var key = RandomKey(seed: 1)
    let inner = Sequential([Dense(2, 2, using: &key), Dropout(0.1)])
    let chain = Sequential([Dense(3, 2, bias: false, using: &key), inner, BatchNorm(2)])
    #expect(
      chain.namedParameters.map(\.name) == [
        "0.weight", "1.0.weight", "1.0.bias", "2.weight", "2.bias", "2.running_mean",
        "2.running_var",
      ])
    var context = Context.inference()
    #expect(chain(Variable(key.normal([4, 3])), &context).shape == [4, 2])
    let x = Variable(key.normal([4, 3]))
    #expect(Sequential([])(x, &context) === x)
  }

  @Test func sequentialObeysModuleLaws() throws {
    for law in ModuleLaw.allCases {
      try law.check { Sequential([Dense(3, 2, using: &$0), LayerNorm([2])]) }
    }
  }

  /// A single value a channel has no variance: nothing breaks, and the running variance shrinks
  /// toward zero.
  @Test func batchNormBearsASingleValue() {
    let layer = BatchNorm(2)
    var context = Context.training(RandomKey(seed: 1))
    let y = layer(Variable(Tensor([3 as Float, -5], shape: [1, 2])), &context)
    #expect(y.value.doubles == [0, 0])
    #expect(zip(layer.runningMean.value.doubles, [0.3, -0.5]).allSatisfy { abs($0 - $1) < 1e-6 })
    #expect(layer.runningVariance.value.doubles.allSatisfy { abs($0 - 0.9) < 1e-6 })
  }

  @Test func runningStatisticsComeToThoseOfTheData() {
    let layer = BatchNorm(1)
    var key = RandomKey(seed: 2)
    for _ in 0..<200 {
      var context = Context.training(key)
      _ = layer(Variable(key.normal([64, 1], deviation: 2) + Tensor(5)), &context)
    }
    #expect(abs(layer.runningMean.value.item - 5) < 0.3)
    #expect(abs(layer.runningVariance.value.item - 4) < 0.8)
  }

  @Test(arguments: [1, 2, 5, 8], [1, 2, 3, 4, 5]) func sameWindowRoundsUp(size: Int, kernel: Int) {
    for stride in 1...4 {
      let same = Window.same(height: size, width: 1, kernel: kernel, stride: stride)
      let reached = same.window.outputSize(height: size, width: 1, kernel: (kernel, kernel))
      #expect(same.height == (size + stride - 1) / stride && same.width == 1)
      #expect(reached.height == same.height && reached.width == same.width)
    }
  }

  /// On even sizes it is the padding that other frameworks write as one number.
  @Test(arguments: [(3, 1), (4, 0)]) func sameWindowIsTheUsualPadding(kernel: Int, extra: Int) {
    var key = RandomKey(seed: 3)
    var context = Context.inference()
    let image = Variable(key.normal([1, 6, 8, 2]))
    let same = Window.same(height: 6, width: 8, kernel: kernel, stride: 2).window
    let ours = Conv2D(2, 3, kernel: (kernel, kernel), window: same, using: &key)
    let usual = Conv2D(2, 3, kernel: kernel, stride: 2, padding: 1, using: &key)
    for (one, other) in zip(ours.namedParameters, usual.namedParameters) {
      other.parameter.value = one.parameter.value
    }
    #expect(largestDifference(ours(image, &context).value, usual(image, &context).value) < 1e-6)

    let small = Variable(key.normal([1, 3, 4, 3]))
    let back = ConvTranspose2D(3, 2, kernel: (kernel, kernel), window: same, using: &key)
    let usualBack = ConvTranspose2D(
      3, 2, kernel: kernel, stride: 2, padding: 1, outputPadding: extra, using: &key)
    for (one, other) in zip(back.namedParameters, usualBack.namedParameters) {
      other.parameter.value = one.parameter.value
    }
    let result = back(small, &context).value
    #expect(result.shape == [1, 6, 8, 2])
    #expect(largestDifference(result, usualBack(small, &context).value) < 1e-6)
  }
}
