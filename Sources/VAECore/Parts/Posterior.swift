public import Layers
public import TensorCore

/// A family q(z | x): turns an encoder's features into a distribution over codes.
public protocol Posterior<Output>: Module {
  /// The distribution of a batch of codes.
  associatedtype Output: Distribution
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
