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
///   scale and, section 3.3, the calibrated one.
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
    /// One number for all elements, the root of their mean squared error in training.
    ///
    /// That is the scale of the greatest likelihood. It is a running mean over some twenty steps, the
    /// one at hand among them, and needs no gradient; inference keeps the last. `initial` holds until
    /// training begins.
    case calibrated(initial: Double)
  }

  /// Where σ comes from.
  public let scale: Scale
  /// The smallest learned σ.
  public let floor: Double
  private let learned: Parameter?
  private let calibration: Calibration?

  /// `floor` speaks in the observations' own unit; 0.01 is two and a half of the 255 steps of an
  /// image in [0, 1].
  public init(scale: Scale = .fixed(1), floor: Double = 0.01) {
    precondition(floor > 0, "the floor of a scale is positive, not \(floor)")
    self.scale = scale
    self.floor = floor
    if case .calibrated(let sigma) = scale {
      precondition(sigma >= floor, "the first scale \(sigma) is below the floor \(floor)")
      calibration = Calibration(first: sigma, floor: floor)
    } else {
      calibration = nil
    }
    switch scale {
    case .fixed(let sigma):
      precondition(sigma > 0, "a scale is positive, not \(sigma)")
      learned = nil
    case .shared(let sigma):
      precondition(sigma > floor, "the first scale \(sigma) is not above the floor \(floor)")
      learned = Parameter(
        Variable(Tensor(repeating: sigma - floor, shape: [1])).log().value)
    case .perElement, .calibrated: learned = nil
    }
  }

  public var parts: KeyValuePairs<String, any ModulePart> {
    ["scale": learned, "variance": calibration?.variance]
  }

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
    case .calibrated:
      return GaussianObservations(mean: parameters, calibration: calibration)
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
  private let calibration: Calibration?

  public init(mean: Variable, logScale: Variable) {
    self.init(mean, logScale, nil)
  }

  /// Gaussians whose scale follows the errors of what they are asked about, where a pass trains.
  init(mean: Variable, calibration: Calibration?) {
    self.init(mean, calibration?.logScale ?? Variable(.zeros([1], dtype: mean.dtype)), calibration)
  }

  private init(_ mean: Variable, _ logScale: Variable, _ calibration: Calibration?) {
    (self.mean, self.logScale, self.calibration) = (mean, logScale, calibration)
  }

  public func mean(_ context: inout Context) -> Variable { mean }

  public func sample(_ context: inout Context) -> Variable {
    mean + Variable(context.key.normal(mean.shape, dtype: mean.dtype)) * logScale.exp()
  }

  public func logProbability(of x: Variable, _ context: inout Context) -> Variable? {
    var now = self
    if let calibration, context.moves(calibration.variance) {
      calibration.follow(mean.value, x.value, context)
      now = GaussianObservations(mean: mean, logScale: calibration.logScale)
    }
    // One pass, where nothing asks for the gradient of the observations.
    return x.requiresGradient
      ? now.logProbabilities(of: x).sumPerExample()
      : mean.gaussianLogProbability(of: x.value, logScale: now.logScale)
  }

  public func logProbabilities(of x: Variable) -> Variable {
    (((x - mean) * (-logScale).exp()).squared() + logScale * 2 + log2Pi) * -0.5
  }

  public func mapParameters(_ f: (Variable) -> Variable) -> GaussianObservations {
    GaussianObservations(f(mean), logScale.shape == [1] ? logScale : f(logScale), calibration)
  }
}

/// A variance that follows the squared errors of training.
struct Calibration {
  /// σ², `[1]`: a buffer.
  let variance: Parameter
  private let floor: Double
  /// How much a step counts; the first ones count more.
  private static let rate = 0.05

  init(first sigma: Double, floor: Double) {
    variance = Parameter(Tensor(repeating: sigma * sigma, shape: [1]), isTrainable: false)
    self.floor = floor
  }

  /// log σ, `[1]`.
  var logScale: Variable {
    Variable(variance.value).clamped(atLeast: floor * floor).log() * 0.5
  }

  /// Moves the variance towards the mean squared error of the rows that are real.
  func follow(_ mean: Tensor, _ x: Tensor, _ context: Context) {
    let (rows, width) = (mean.shape[0], mean.shape.dropFirst().count)
    let errors = (Variable(x) - Variable(mean)).squared().sumPerExample()
    let error: Variable
    if let real = context.realRows.map({ Variable($0.converted(to: mean.dtype)) }) {
      error = (errors * real).sum() / (real.sum() * Double(width))
    } else {
      error = errors.sum() * (1 / Double(rows * width))
    }
    let old = Variable(variance.value)
    let rate =
      context.step(as: mean.dtype).map { (($0 + 1).power(-1)).clamped(atLeast: Self.rate) }
      ?? Variable(Tensor(Self.rate, dtype: mean.dtype))
    variance.value = (old + (error - old) * rate).value
  }
}
