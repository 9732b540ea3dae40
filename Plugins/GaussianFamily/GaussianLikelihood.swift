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

  public func logProbability(
    of x: Tensor, given parameters: Variable, _ context: inout Context
  ) -> Variable {
    switch scale {
    case .fixed(let sigma):
      let logScale = Variable(Tensor(repeating: sigma, shape: [1], dtype: parameters.dtype)).log()
      return parameters.gaussianLogProbability(of: x, logScale: logScale)
    case .shared:
      let raw = learned.map { context[$0] } ?? parameters
      return parameters.gaussianLogProbability(of: x, logScale: logScale(raw))
    case .perElement:
      let (mean, raw) = halves(of: parameters)
      return mean.gaussianLogProbability(of: x, logScale: logScale(raw))
    }
  }

  public func mean(given parameters: Tensor) -> Tensor {
    scale == .perElement ? halves(of: Variable(parameters)).mean.value : parameters
  }

  public func sample(given parameters: Tensor, using key: inout RandomKey) -> Tensor {
    let mean = mean(given: parameters)
    let noise = key.normal(mean.shape, dtype: mean.dtype)
    switch scale {
    case .fixed(let sigma): return mean + noise * sigma
    case .shared:
      guard let learned else { return mean }
      return mean + noise * logScale(Variable(learned.value)).exp().value
    case .perElement:
      return mean + noise * logScale(halves(of: Variable(parameters)).raw).exp().value
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
