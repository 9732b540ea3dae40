import TensorCore
import Testing

/// Pullbacks against central differences in float64.
@Suite struct GradientTests {
  @Test(arguments: PrimitiveCase.all, PrimitiveCase.Execution.allCases)
  func gradient(of primitive: PrimitiveCase, _ execution: PrimitiveCase.Execution) {
    #expect(primitive.gradientMismatch(execution) == nil)
  }

  @Test func namesTellCasesApart() {
    let names = PrimitiveCase.all.map(\.name)
    #expect(Set(names).count == names.count)
  }

  /// The check must find what it is for: each of these pullbacks is wrong in one way.
  @Test(arguments: PrimitiveCase.wrong) func wrongGradientIsFound(in primitive: PrimitiveCase) {
    #expect(primitive.gradientMismatch() != nil)
  }
}

extension PrimitiveCase {
  /// Where the pullback and finite differences disagree, or nil.
  ///
  /// Along a random direction every element counts: no wrong gradient is orthogonal to three of them. With a step of 1e-4
  /// and values near 1, the cut-off term (step squared) and rounding (2^-53 / step) both stay under 1e-7.
  func gradientMismatch(_ execution: Execution = .asWritten) -> String? {
    let values = draw()
    let outcome = outcome(of: values, execution)
    var key = key.folded(with: 1)
    let seed = key.normal(outcome.result.shape, dtype: .float64)
    let varying = inputs.indices.filter { !inputs[$0].isConstant }
    for (input, gradient) in zip(varying, outcome.gradients) {
      guard let gradient else { return "input \(input) has no gradient" }
      guard gradient.shape == values[input].shape, gradient.dtype == .float64 else {
        return "the gradient of input \(input) is \(gradient.shape), \(gradient.dtype)"
      }
      for _ in 0..<3 {
        let direction = key.normal(values[input].shape, dtype: .float64)
        let expected = slope(at: values, input: input, along: direction, seed: seed)
        let found = (gradient * direction).sum().item
        let tolerance = 1e-6 * (1 + abs(expected))
        if !(abs(found - expected) <= tolerance) {
          return "input \(input): the pullback gives \(found), differences \(expected)"
        }
      }
    }
    return nil
  }

  private func slope(
    at values: [Tensor], input: Int, along direction: Tensor, seed: Tensor
  ) -> Double {
    let step = 1e-4
    func total(_ distance: Double) -> Double {
      var moved = values
      moved[input] = values[input] + direction * distance
      return (result(of: moved) * seed).sum().item
    }
    return (total(step) - total(-step)) / (2 * step)
  }

  fileprivate static let wrong = [
    wrong("a factor") { x, g in g * x * 2.01 },
    wrong("a sign") { x, g in g * x * -2 },
    wrong("a constant") { _, g in g },
    wrong("one element of many") { x, g in
      var gradient = g * x * 2
      gradient.withUnsafeMutableBytes { $0.storeBytes(of: 0, toByteOffset: 40, as: Double.self) }
      return gradient
    },
    wrong("two elements exchanged") { x, g in
      let gradient = g * x * 2
      return gradient.gathered(Tensor([1, 0, 2], shape: [3]), along: 1)
    },
    wrong("another shape") { x, g in (g * x * 2).reshaped(to: [3, 4]) },
    wrong("none") { _, _ in nil },
  ]

  private static func wrong(
    _ name: String, pullback: @escaping @Sendable (Tensor, Tensor) -> Tensor?
  ) -> PrimitiveCase {
    PrimitiveCase("square with \(name) wrong", [.real([4, 3])]) { inputs in
      let x = inputs[0].value
      return Variable(x * x, inputs: [inputs[0]]) { g in [pullback(x, g)] }
    }
  }
}
