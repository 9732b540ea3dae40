import TensorCore
import Testing

/// Gradients of gradients against central differences of gradients, in float64.
@Suite struct SecondGradientTests {
  @Test(
    arguments: PrimitiveCase.all.filter { !$0.isDifferentiableOnce },
    PrimitiveCase.Execution.allCases)
  func gradientOfGradient(of primitive: PrimitiveCase, _ execution: PrimitiveCase.Execution) {
    #expect(primitive.secondGradientMismatch(execution) == nil)
  }

  /// float32, with steps of its own where they are fused, against float64.
  @Test(arguments: PrimitiveCase.all.filter { !$0.isDifferentiableOnce })
  func formatsAgree(on primitive: PrimitiveCase) {
    let values = primitive.draw()
    let exact = primitive.secondGradients(at: values, as: .float64)
    let single = primitive.secondGradients(at: values, as: .float32)
    for (i, (found, expected)) in zip(single, exact).enumerated() {
      let allowed = 16 * Double.rounding(terms: values.map(\.count).max() ?? 0)
      #expect(found.distance(from: expected) <= allowed, "gradient \(i)")
    }
  }

  /// What cannot be differentiated twice says so by name, in optimized code too.
  @Test(arguments: PrimitiveCase.all.indices.filter { PrimitiveCase.all[$0].isDifferentiableOnce })
  func primitiveRefuses(_ index: Int) async throws {
    let result = try await #require(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) { [index] in
      let primitive = PrimitiveCase.all[index]
      let inputs = primitive.draw().map { Variable($0, requiresGradient: true) }
      _ = primitive.function(inputs).sum().gradientVariables(withRespectTo: inputs)
    }
    let message = String(decoding: result.standardErrorContent, as: UTF8.self)
    #expect(message.contains("there is no gradient of the gradient of"))
    #expect(message.contains("in its place"))
  }

  /// A pullback that an outsider states in tensors has no gradient, and gives no zero for one.
  @Test func tensorPullbackRefuses() async throws {
    let result = try await #require(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      let x = Variable(Tensor(2), requiresGradient: true)
      let y = Variable(x.value * x.value, inputs: [x], name: "my square") { g in [g * 4] }
      _ = y.gradientVariables(withRespectTo: [x])
    }
    let message = String(decoding: result.standardErrorContent, as: UTF8.self)
    #expect(message.contains("there is no gradient of the gradient of my square"))
  }

  @Test func derivativesOfEveryOrder() {
    let x = Variable(Tensor(0.5, dtype: .float64), requiresGradient: true)
    var y = x.exp() * x
    for order in 1...5 {
      guard let slope = y.gradientVariables(withRespectTo: [x])[0] else {
        Issue.record("no gradient of order \(order)")
        return
      }
      y = slope
      #expect(abs(y.value.item - 0.5.exponential * (0.5 + Double(order))) < 1e-12)
    }
  }

  @Test func linearPathsEndInNil() {
    let x = Variable(Tensor([1.0, 2], shape: [2]), requiresGradient: true)
    let w = Variable(Tensor([3.0, 4], shape: [2]), requiresGradient: true)
    let slope = (x * w).sum().gradientVariables(withRespectTo: [x])[0]
    #expect(slope?.sum().gradient(withRespectTo: [x])[0] == nil)
    #expect(slope?.sum().gradient(withRespectTo: [w])[0]?.doubles == [1, 1])
  }

  /// Only what leads to a target is worked out: the gradients of weights are not, where the input's is wanted.
  @Test func onlyPathsToTargetsAreWalked() {
    let x = Variable(Tensor.zeros([2, 3]), requiresGradient: true)
    let w = Variable(Tensor.zeros([4, 3]), requiresGradient: true)
    let loss = x.linear(w, bias: nil, activation: .tanh).sum()
    let profile = Profile()
    profile.watch { _ = loss.gradientVariables(withRespectTo: [x]) }
    #expect(profile.entries.count { $0.name == "matmul" } == 1)
  }

  @Test func aVariableSeedIsDifferentiated() {
    let x = Variable(Tensor([1.0, 2], shape: [2]), requiresGradient: true)
    let seed = Variable(Tensor([10.0, 100], shape: [2]), requiresGradient: true)
    let product = x.squared().gradientVariables(withRespectTo: [x], seed: seed)[0]
    #expect(product?.value.doubles == [20, 400])
    #expect(product?.sum().gradient(withRespectTo: [seed])[0]?.doubles == [2, 4])
  }
}

extension Double {
  fileprivate var exponential: Double { Variable(Tensor(self, dtype: .float64)).exp().value.item }
}

extension PrimitiveCase {
  /// Where the gradient of the gradient and differences of the gradient disagree, or nil.
  ///
  /// The gradients by all inputs are weighted with random numbers and added up; the sum is differentiated by every input and by
  /// the seed, in which it is linear.
  func secondGradientMismatch(_ execution: Execution) -> String? {
    let values = draw()
    let seed = self.seed(result(of: values).shape)
    let varying = inputs.indices.filter { !inputs[$0].isConstant }
    var key = key.folded(with: 2)
    let weights = varying.map { key.normal(values[$0].shape, dtype: .float64) }
    let found = run(execution, on: values) { secondOutcome(of: $0, seed, weights) }
    let (seconds, firsts) = (
      found.gradients.prefix(varying.count + 1), found.gradients.dropFirst(varying.count + 1)
    )
    for (first, expected) in zip(firsts, outcome(of: values, seed: seed).gradients) {
      guard let first, let expected, first.distance(from: expected) < 1e-10 else {
        return "as a variable the gradient differs: \(first as Any), not \(expected as Any)"
      }
    }
    func total(_ values: [Tensor], _ seed: Tensor) -> Double {
      zip(outcome(of: values, seed: seed).gradients, weights).reduce(0) { sum, pair in
        sum + (pair.0.map { ($0 * pair.1).sum().item } ?? 0)
      }
    }
    let step = 1e-4
    for (place, second) in zip(varying + [-1], seconds) {
      let start = place < 0 ? seed : values[place]
      let direction = key.normal(start.shape, dtype: .float64)
      func moved(_ distance: Double) -> Double {
        let there = start + direction * distance
        var inputs = values
        if place >= 0 { inputs[place] = there }
        return total(inputs, place < 0 ? there : seed)
      }
      let expected = (moved(step) - moved(-step)) / (2 * step)
      let slope = second.map { ($0 * direction).sum().item } ?? 0
      if !(abs(slope - expected) <= 2e-6 * (1 + abs(expected))) {
        return "by input \(place): the gradient's gradient is \(slope), differences \(expected)"
      }
    }
    return nil
  }

  /// The gradients of a weighted sum of the gradients, by every input and the seed, and the gradients; zeros where nothing
  /// connects them.
  func secondGradients(at values: [Tensor], as dtype: DType) -> [Tensor] {
    var key = key.folded(with: 3)
    let seed = self.seed(result(of: values).shape)
    let varying = inputs.indices.filter { !inputs[$0].isConstant }.map { values[$0] }
    let weights = varying.map { key.normal($0.shape, dtype: .float64) }
    let outcome = secondOutcome(
      of: values.map { $0.converted(to: dtype) }, seed.converted(to: dtype),
      weights.map { $0.converted(to: dtype) })
    return zip(outcome.gradients, varying + [seed] + varying).map { gradient, place in
      gradient ?? .zeros(place.shape, dtype: dtype)
    }
  }

  /// The weighted sum of the gradients, its gradients by the inputs and the seed, and the gradients themselves.
  private func secondOutcome(
    of values: [Tensor], _ seed: Tensor, _ weights: [Tensor]
  ) -> Outcome {
    let variables = zip(values, inputs).map { Variable($0, requiresGradient: !$1.isConstant) }
    let targets = variables.filter(\.requiresGradient)
    let seed = Variable(seed, requiresGradient: true)
    let firsts = function(variables).gradientVariables(withRespectTo: targets, seed: seed)
    let parts = zip(firsts, weights).compactMap { first, weight in
      first.map { ($0 * Variable(weight)).sum() }
    }
    let total = parts.dropFirst().reduce(parts[0], +)
    return Outcome(
      result: total.value,
      gradients: total.gradient(withRespectTo: targets + [seed]) + firsts.map { $0?.value })
  }
}
