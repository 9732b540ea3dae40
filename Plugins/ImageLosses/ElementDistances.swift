public import Layers
public import TensorCore
public import VAECore

/// The distance of what a model makes from what was observed, element by element, summed over an observation.
///
/// It is no density, unless a likelihood says so: the squared error is -log of a Gaussian of scale 1 but for a constant, the absolute
/// error that of a Laplace distribution, and neither is reported as one.
///
/// Reported term: the distance's name.
public struct ElementDistance: Penalty {
  /// What a difference costs.
  public enum Kind: Sendable, Hashable {
    /// ½ t².
    case squaredError
    /// |t|.
    case absoluteError
    /// log cosh(α t) / α: ½ α t² where the difference is small, |t| where it is large.
    ///
    /// - Source: Chen, Chen, Yang and Zhou, "Log Hyperbolic Cosine Loss Improves Variational Auto-Encoder", 2018.
    case logCosh(alpha: Double)
  }

  /// What a difference costs.
  public let kind: Kind
  /// What the distance costs.
  public let weight: Double

  public init(_ kind: Kind, weight: Double = 1) {
    self.kind = kind
    self.weight = weight
  }

  public var name: String {
    switch kind {
    case .squaredError: "squared_error"
    case .absoluteError: "absolute_error"
    case .logCosh: "log_cosh"
    }
  }

  public var isDistance: Bool { true }

  public func check(_ model: some LatentModel) throws(CompositionError) {
    try model.requireTensors(for: "a distance of elements")
  }

  public func charge<Model: LatentModel>(
    for walk: Walk<Model>, _ context: inout Context
  ) -> Charge {
    let (observed, made) = walk.pair(&context)
    return Charge(name, perExample: self(made, observed), weight: weight)
  }

  /// The distance of each pair `[batch, ...]`: `[batch]`.
  public func callAsFunction(_ made: Variable, _ observed: Variable) -> Variable {
    let difference = made - observed
    let costs =
      switch kind {
      case .squaredError: difference.squared() * 0.5
      case .absoluteError: difference.absolute()
      case .logCosh(let alpha): difference.logCosh(alpha)
      }
    return costs.sumPerExample()
  }
}

extension Variable {
  /// log cosh(α t) / α, without overflow.
  fileprivate func logCosh(_ alpha: Double) -> Variable {
    let size = absolute() * alpha
    return (size + (size * -2).softplus() - 0.6931471805599453) / alpha
  }
}
