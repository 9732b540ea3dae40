public import TensorCore

/// Zeros a share of the elements in training, and scales the others up so that their mean stays.
///
/// - Source: Srivastava, Hinton, Krizhevsky, Sutskever and Salakhutdinov, JMLR 15, 2014.
public struct Dropout: Layer {
  /// The probability that an element becomes zero, in 0..<1.
  public let rate: Double

  /// A layer that drops elements with probability `rate`.
  public init(_ rate: Double) {
    precondition(rate >= 0 && rate < 1, "a dropout rate lies in 0..<1, not at \(rate)")
    self.rate = rate
  }

  /// `x` with elements dropped in training, `x` itself otherwise.
  public func callAsFunction(_ x: Variable, _ context: inout Context) -> Variable {
    guard context.isTraining && rate > 0 else { return x }
    let kept = Tensor(repeating: 1 - rate, shape: x.shape, dtype: x.dtype)
    return x * Variable(context.key.bernoulli(kept) * (1 / (1 - rate)))
  }
}
