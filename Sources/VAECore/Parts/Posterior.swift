public import Layers
public import TensorCore

/// A family q(z | x): turns an encoder's features into a distribution over codes.
public protocol Posterior<Value>: Module {
  /// What a batch of codes is: a variable, unless the posterior states another type, such as a tensor of int32 categories.
  associatedtype Value: Code = Variable
  /// The distribution of a batch of codes.
  associatedtype Output: Distribution where Output.Value == Value
  /// Numbers it reads for each observation.
  var featureCount: Int { get }
  /// Shape of the features of one observation; `[featureCount]` unless the posterior reads another one.
  var featureShape: Shape { get }
  /// Numbers of a code.
  var latentCount: Int { get }
  /// Shape of one code; `[latentCount]` unless the posterior gives another one, such as a grid.
  var codeShape: Shape { get }
  /// The distributions that belong to `features` `[batch] + featureShape`.
  func callAsFunction(_ features: Variable, _ context: inout Context) -> Output
}

extension Posterior {
  /// A row of numbers.
  public var featureShape: Shape { [featureCount] }
  /// A row of numbers.
  public var codeShape: Shape { [latentCount] }
}
