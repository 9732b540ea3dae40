import TensorCore
import Testing

/// Optimizer steps in float32 against float64; what the rules mean is tested with the optimizers.
@Suite struct OptimizerPassTests {
  static let rules: [OptimizerRule] = [OptimizerRule.Method.adam, .adamax, .rmsprop, .sgd].map {
    var rule = OptimizerRule($0, rate: 0.1)
    (rule.firstKeep, rule.firstTake, rule.secondKeep, rule.secondTake) = (0.9, 0.1, 0.99, 0.01)
    (rule.secondScale, rule.epsilon, rule.gradientScale) = (1.5, 1e-3, 0.5)
    (rule.weightDecay, rule.parameterKeep, rule.isNesterov) = (0.01, 0.999, true)
    return rule
  }

  /// Parameters, gradients and two states, of sizes that end within a vector and within a chunk.
  private struct State {
    var parameters, first, second: [Tensor]
    var gradients: [Tensor?]

    init(_ dtype: DType) {
      var key = RandomKey(seed: 1)
      let sizes = [1, 17, 0, 40_003, 5]
      func draw() -> [Tensor] { sizes.map { key.normal([$0]).converted(to: dtype) } }
      (parameters, gradients, first) = (draw(), draw(), draw())
      second = draw().map { $0 * $0 }
      gradients[4] = nil
    }

    mutating func step(_ rule: OptimizerRule) -> Double {
      var pass = OptimizerPass(), none: [Tensor] = []
      var rounded: Tensor?
      for (i, gradient) in gradients.enumerated() {
        guard let gradient else { continue }
        pass.add(
          &parameters[i], rounded: &rounded, gradient: gradient, at: i, first: &first,
          second: &second,
          averages: &none)
      }
      return pass.step(rule)
    }
  }

  @Test(arguments: rules) func formatsAgree(_ rule: OptimizerRule) {
    var (single, exact) = (State(.float32), State(.float64))
    let before = single
    for _ in 0..<2 {
      let (a, b) = (single.step(rule), exact.step(rule))
      #expect(abs(a - b) <= 1e-6 * b)
    }
    for (a, b) in zip(
      single.parameters + single.first + single.second,
      exact.parameters + exact.first + exact.second)
    {
      #expect(a.distance(from: b) < 1e-5)
    }
    // What has no gradient stays, and so do copies.
    #expect(single.parameters[4] == before.parameters[4])
    #expect(before.parameters == State(.float32).parameters)
    #expect(single.parameters[3] != before.parameters[3])
  }

  /// A step writes into the memory that is there.
  @Test func stepsTakeNoMemory() {
    var state = State(.float32)
    func addresses() -> [UnsafeRawPointer?] {
      (state.parameters + state.first + state.second).map { $0.withUnsafeBytes { $0.baseAddress } }
    }
    _ = state.step(Self.rules[0])
    let before = addresses()
    _ = state.step(Self.rules[0])
    #expect(addresses() == before)
  }

  @Test func normCountsEveryElementOnce() {
    let (single, exact) = (State(.float32), State(.float64))
    let expected = exact.gradients.reduce(0.0) { sum, g in
      sum + (g?.doubles.reduce(0) { $0 + $1 * $1 } ?? 0)
    }
    #expect(abs(OptimizerPass.squaredNorm(of: exact.gradients) - expected) <= 1e-10 * expected)
    #expect(abs(OptimizerPass.squaredNorm(of: single.gradients) - expected) <= 1e-6 * expected)
    #expect(
      abs(OptimizerPass.squaredNorm(of: single.gradients + exact.gradients) - 2 * expected)
        <= 1e-6 * expected)
  }

  @Test func averageMovesTowardTheValue() {
    for dtype in [DType.float32, .float64] {
      var averages = [Tensor(repeating: 1, shape: [20_001], dtype: dtype)]
      let value = Tensor(repeating: 3, shape: [20_001], dtype: dtype)
      var pass = OptimizerPass()
      pass.add(average: &averages[0], of: value)
      pass.average(take: 0.25)
      #expect(averages[0] == Tensor(repeating: 1.5, shape: [20_001], dtype: dtype))
    }
  }
}
