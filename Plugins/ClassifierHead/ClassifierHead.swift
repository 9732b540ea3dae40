public import Layers
public import TensorCore

/// Fully connected layers from features to the log-odds of classes: `[batch, featureCount]` to
/// `[batch, classCount]`.
///
/// Features are first shifted and scaled by what ``standardize(on:)`` found, which training leaves
/// alone; a fresh head takes them as they are.
public struct ClassifierHead: Layer {
  public let featureCount: Int
  public let classCount: Int
  private let mean: Parameter
  private let scale: Parameter
  private let layers: Sequential

  /// `hidden` gives the width of each hidden layer, in order; without any the head is linear.
  public init(
    featureCount: Int, hidden: [Int] = [], classCount: Int, activation: Activation = .relu,
    using key: inout RandomKey
  ) {
    self.featureCount = featureCount
    self.classCount = classCount
    mean = Parameter(.zeros([featureCount]), isTrainable: false)
    scale = Parameter(Tensor(repeating: 1, shape: [featureCount]), isTrainable: false)
    let widths = [featureCount] + hidden
    let inner = Dense.chain(widths, activation: activation, using: &key)
    layers = Sequential(inner + [Dense(widths[hidden.count], classCount, using: &key)])
  }

  public var parts: KeyValuePairs<String, any ModulePart> {
    ["mean": mean, "scale": scale, "layers": layers]
  }

  public func callAsFunction(_ x: Variable, _ context: inout Context) -> Variable {
    layers((x - Variable(mean.value)) * Variable(scale.value), &context)
  }

  /// Brings each feature to mean 0 and variance 1 over `features` `[examples, featureCount]`, so
  /// that encoders of different scales train alike; one that never changes keeps its scale.
  public func standardize(on features: Tensor) {
    let count = Double(features.shape[0])
    let center = features.sum(along: 0) * (1 / count)
    let distance = features - center
    let variances = (distance * distance).sum(along: 0).doubles.map { $0 / count }
    let scales = variances.map { $0 > 1e-12 ? Float(1 / $0.squareRoot()) : 1 }
    mean.value = center.converted(to: mean.value.dtype)
    scale.value = Tensor(scales, shape: scale.shape).converted(to: scale.value.dtype)
  }
}
