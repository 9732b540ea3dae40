public import Layers
public import TensorCore

/// A family p(z): the distribution that codes have before anything is observed.
///
/// It goes with every posterior over codes of the same type; what a pair knows in closed form, the posterior's distribution states in
/// ``Distribution/divergence(from:)`` or measures against the prior's ``Distribution/law``.
public protocol Prior<Value>: Module {
  /// What a batch of codes is: a variable, unless the prior states another type, such as a tensor of int32 categories.
  associatedtype Value: Code = Variable
  /// The distribution of a batch of codes.
  associatedtype Output: Distribution where Output.Value == Value
  /// Numbers of a code.
  var latentCount: Int { get }
  /// Shape of one code; `[latentCount]` unless the prior has another one, such as a grid.
  var codeShape: Shape { get }
  /// The distribution of codes, `count` times; numbers that it does not read from parameters follow the format of the codes that it
  /// is asked about.
  func callAsFunction(_ count: Int, _ context: inout Context) -> Output
}

extension Prior {
  /// A row of numbers.
  public var codeShape: Shape { [latentCount] }
}
