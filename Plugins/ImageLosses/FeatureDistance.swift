public import Layers
public import TensorCore
public import VAECore

/// How unlike two images look to a network that was trained for something else: the squared distance of its activations, those of
/// each place scaled to length 1, averaged over the places and summed over the layers.
///
/// The network stays as it is.
///
/// Reported term: "feature_distance".
///
/// - Source: Zhang et al., "The Unreasonable Effectiveness of Deep Features as a Perceptual Metric", arXiv:1801.03924, equation 1 with
///   all weights 1; Hou, Shen, Sun and Qiu, "Deep Feature Consistent Variational Autoencoder", arXiv:1610.00291.
public struct FeatureDistance<E: Encoder<Tensor>>: Penalty {
  /// What the distance costs.
  public let weight: Double
  /// The network.
  public let network: E

  /// The distance of observations of a shape; throws where the network reads others.
  public init(
    by network: E, of observationShape: Shape, weight: Double = 1
  ) throws(CompositionError) {
    guard network.observationShape == observationShape else {
      throw CompositionError(
        incompatible:
          "the network looks at observations \(network.observationShape), but the model makes "
          + "\(observationShape); give one that was trained on observations of the same shape")
    }
    self.weight = weight
    self.network = network
  }

  public var name: String { "feature_distance" }

  public var isDistance: Bool { true }

  public var parts: KeyValuePairs<String, any ModulePart> { ["network": network] }

  public func check(_ model: some LatentModel) throws(CompositionError) {
    try model.requireTensors(for: "a distance of features")
  }

  public func charge<Model: LatentModel>(
    for walk: Walk<Model>, _ context: inout Context
  ) -> Charge {
    let (observed, made) = walk.pair(&context)
    return Charge(name, perExample: self(made, observed, context), weight: weight)
  }

  /// The distance of each pair `[batch, ...]`: `[batch]`.
  public func callAsFunction(
    _ made: Variable, _ observed: Variable, _ context: Context
  ) -> Variable {
    var still = context
    still.isTraining = false
    still.trained = []
    let mine = network.comparedActivations(of: made, &still)
    let others = network.comparedActivations(of: observed, &still)
    let distances = zip(mine, others).map { a, b in
      let places = Double(a.shape.dropFirst().count / a.shape[-1])
      return (a.unitLength() - b.unitLength()).squared().sumPerExample() / places
    }
    return distances.dropFirst().reduce(distances[0]) { $0 + $1 }
  }
}

extension Variable {
  /// The numbers of the last axis scaled to length 1.
  fileprivate func unitLength() -> Variable {
    let length = (squared().sum(along: shape.rank - 1) + 1e-10).squareRoot()
    return self / length.expanded(at: shape.rank - 1)
  }
}
