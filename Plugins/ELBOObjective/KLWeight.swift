/// How much the KL term counts as training goes on.
public struct KLWeight: Sendable, Hashable, Codable {
  /// The weight at step 0.
  public var start: Double
  /// The weight from step `warmUpSteps` on.
  public var end: Double
  /// Steps over which the weight goes from `start` to `end` in a straight line.
  public var warmUpSteps: Int

  /// The same weight at every step; 1 gives the evidence lower bound.
  public static func constant(_ weight: Double) -> KLWeight {
    KLWeight(start: weight, end: weight, warmUpSteps: 0)
  }

  /// A straight line from `start` to `end` over the first `steps` steps.
  public static func linear(from start: Double = 0, to end: Double = 1, steps: Int) -> KLWeight {
    KLWeight(start: start, end: end, warmUpSteps: steps)
  }

  /// The weight at an optimizer step, counted from 0.
  public func callAsFunction(at step: Int) -> Double {
    step >= warmUpSteps ? end : start + (end - start) * Double(step) / Double(warmUpSteps)
  }
}
