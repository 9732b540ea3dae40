public import Layers
public import TensorCore
public import VAECore

/// Independent Gaussians around the decoder's output: log p(x) = -½ Σ (((x - μ) / σ)² + 2 log σ +
/// log 2π), in nats.
///
/// A learned scale is never smaller than `floor`: σ = floor + e^r for the learned number r. Without
/// a floor a model that reproduces some element exactly, such as a border that is always black,
/// could raise its likelihood without limit by letting σ go to 0. With it, log p(x) is at most -log
/// floor - 0.92 nats an element.
///
/// - Source: Kingma and Welling, arXiv:1312.6114, appendix C.2; Rybkin, Daniilidis and Levine,
///   "Simple and Effective VAE Training with Calibrated Decoders", arXiv:2006.13202, for the shared
///   scale.
public struct GaussianLikelihood: Likelihood {
  public typealias Observation = Tensor

  /// Where σ comes from.
  public enum Scale: Sendable, Hashable {
    /// The same number always; 1 makes the reconstruction half the squared error, and a constant.
    case fixed(Double)
    /// One number for all elements, learned with the model from a first value on.
    case shared(initial: Double)
    /// A number for each element, given by the decoder: its last axis holds all means, then all r.
    case perElement
  }

  /// Where σ comes from.
  public let scale: Scale
  /// The smallest learned σ.
  public let floor: Double
  private let learned: Parameter?

  /// `floor` speaks in the observations' own unit; 0.01 is two and a half of the 255 steps of an
  /// image in [0, 1].
  public init(scale: Scale = .fixed(1), floor: Double = 0.01) {
    precondition(floor > 0, "the floor of a scale is positive, not \(floor)")
    self.scale = scale
    self.floor = floor
    switch scale {
    case .fixed(let sigma):
      precondition(sigma > 0, "a scale is positive, not \(sigma)")
      learned = nil
    case .shared(let sigma):
      precondition(sigma > floor, "the first scale \(sigma) is not above the floor \(floor)")
      learned = Parameter(
        Variable(Tensor(repeating: sigma - floor, shape: [1])).log().value)
    case .perElement: learned = nil
    }
  }

  public var parts: KeyValuePairs<String, any ModulePart> { ["scale": learned] }

  public func parameterShape(forObservation shape: Shape) -> Shape {
    guard scale == .perElement else { return shape }
    var doubled = shape
    doubled[-1] *= 2
    return doubled
  }

  public func callAsFunction(
    _ parameters: Variable, _ context: inout Context
  ) -> GaussianObservations {
    switch scale {
    case .fixed(let sigma):
      let logScale = Variable(Tensor(repeating: sigma, shape: [1], dtype: parameters.dtype)).log()
      return GaussianObservations(mean: parameters, logScale: logScale)
    case .shared:
      let raw = learned.map { context[$0] } ?? parameters
      return GaussianObservations(mean: parameters, logScale: logScale(raw))
    case .perElement:
      let (mean, raw) = halves(of: parameters)
      return GaussianObservations(mean: mean, logScale: logScale(raw))
    }
  }

  /// log(floor + e^raw), without overflow.
  private func logScale(_ raw: Variable) -> Variable {
    let least = Variable(Tensor(repeating: floor, shape: [1], dtype: raw.dtype)).log()
    return (raw - least).softplus() + least
  }

  private func halves(of parameters: Variable) -> (mean: Variable, raw: Variable) {
    let channels = parameters.shape[-1] / 2
    return (
      parameters.sliced(along: -1, 0..<channels),
      parameters.sliced(along: -1, channels..<(2 * channels))
    )
  }
}

/// Independent Gaussians around the elements of observations.
public struct GaussianObservations: Factorized {
  /// μ, `[batch] + shape`.
  public let mean: Variable
  /// log σ, of the same shape, or `[1]` for all elements.
  public let logScale: Variable

  public init(mean: Variable, logScale: Variable) {
    self.mean = mean
    self.logScale = logScale
  }

  public func mean(_ context: inout Context) -> Variable { mean }

  public func sample(_ context: inout Context) -> Variable {
    mean + Variable(context.key.normal(mean.shape, dtype: mean.dtype)) * logScale.exp()
  }

  public func logProbability(of x: Variable, _ context: inout Context) -> Variable? {
    // One pass, where nothing asks for the gradient of the observations.
    x.requiresGradient
      ? logProbabilities(of: x).sumPerExample()
      : mean.gaussianLogProbability(of: x.value, logScale: logScale)
  }

  public func logProbabilities(of x: Variable) -> Variable {
    (((x - mean) * (-logScale).exp()).squared() + logScale * 2 + log2Pi) * -0.5
  }

  public func mapParameters(_ f: (Variable) -> Variable) -> GaussianObservations {
    GaussianObservations(mean: f(mean), logScale: logScale.shape == [1] ? logScale : f(logScale))
  }
}
