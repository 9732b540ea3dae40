public import TensorCore

/// What a model draws at a site: numbers of any shape, or int32 categories.
public protocol Code {
  /// The code as numbers `[batch] + shape`, on the tape where it can be.
  var numbers: Variable { get }
  /// The code that such numbers are.
  init(numbers: Variable)
}

extension Variable: Code {
  /// The variable itself.
  public var numbers: Variable { self }
  /// The same numbers on the same tape.
  public convenience init(numbers: Variable) {
    self.init(numbers.value, inputs: [numbers]) { g in [g] }
  }
}

extension Tensor: Code {
  /// A constant.
  public var numbers: Variable { Variable(self) }
  /// The numbers, cut off from their tape.
  public init(numbers: Variable) { self = numbers.value }
}
