public import Layers
public import TensorCore

/// A model with codes: what objectives and evaluation need of it, whatever its parts.
public protocol VariationalAutoencoder<Observation>: Module {
  /// A batch of observations.
  associatedtype Observation
  /// The posterior's distribution of a batch of codes.
  associatedtype Distribution: CodeDistribution
  /// Number of latent dimensions.
  var latentCount: Int { get }
  /// The parameters of q(z | x), buffers included.
  var inferenceParameters: [Parameter] { get }

  /// q(z | x).
  func encode(_ x: Observation, _ context: inout Context) -> Distribution
  /// log p(x | z) in nats: `[batch]`, for `codes` `[batch, latentCount]`.
  func logLikelihood(
    of x: Observation, from codes: Variable, _ context: inout Context
  ) -> Variable
  /// KL(q ‖ p) in nats: `[batch]`.
  func divergence(from q: Distribution, codes: Variable, _ context: inout Context) -> Variable
  /// The share of each latent dimension in KL(q ‖ p), in nats: `[batch, latentCount]`; nil where it
  /// cannot be divided so.
  func divergencePerDimension(from q: Distribution) -> Variable?
  /// Whether ``divergencePerDimension(from:)`` gives shares.
  var dividesDivergence: Bool { get }
  /// log p(z) in nats: `[batch]`.
  func logPrior(of codes: Variable, _ context: inout Context) -> Variable
  /// `count` codes from the prior: `[count, latentCount]`.
  func samplePrior(_ count: Int, using key: inout RandomKey) -> Tensor
  /// Throws where the likelihood gives `x` no meaning.
  func validate(_ x: Observation) throws(ObservationError)
}

extension VariationalAutoencoder {
  /// The posterior's mean for each observation: `[batch, latentCount]`.
  public func codes(of x: Observation) -> Tensor {
    var context = Context.inference()
    return encode(x, &context).mean.value
  }
}

/// A model that decodes a code at once: the parameters of an observation depend on its code alone.
public protocol DirectAutoencoder<Observation>: VariationalAutoencoder {
  /// Shape of one observation, without the batch axis.
  var observationShape: Shape { get }
  /// The likelihood's parameters for `codes` `[batch, latentCount]`.
  func decode(_ codes: Variable, _ context: inout Context) -> Variable
  /// log p(x | z) in nats: `[batch]`, for the parameters ``decode(_:_:)`` gave.
  func logLikelihood(
    of x: Observation, given parameters: Variable, _ context: inout Context
  ) -> Variable
  /// The expected observation for a likelihood's parameters.
  func mean(given parameters: Tensor) -> Observation
  /// An observation drawn from the likelihood.
  func sampleObservation(given parameters: Tensor, using key: inout RandomKey) -> Observation
}

extension DirectAutoencoder {
  /// log p(x | z) in nats: `[batch]`, for `codes` `[batch, latentCount]`.
  public func logLikelihood(
    of x: Observation, from codes: Variable, _ context: inout Context
  ) -> Variable {
    logLikelihood(of: x, given: decode(codes, &context), &context)
  }

  /// The expected observations that `codes` `[batch, latentCount]` stand for.
  public func observations(from codes: Tensor) -> Observation {
    var context = Context.inference()
    return mean(given: decode(Variable(codes), &context).value)
  }

  /// Observations passed through the posterior's mean and back.
  public func reconstruct(_ x: Observation) -> Observation { observations(from: codes(of: x)) }

  /// The expected observations of `count` codes from the prior.
  public func sample(_ count: Int, using key: inout RandomKey) -> Observation {
    observations(from: samplePrior(count, using: &key))
  }
}

extension DirectAutoencoder where Observation == Tensor {
  /// The expected observations that `codes` `[batch, latentCount]` stand for, a thousand at a time.
  public func observations(from codes: Tensor) -> Tensor {
    let (count, size) = (codes.shape[0], 1000)
    func decoded(_ part: Tensor) -> Tensor {
      var context = Context.inference()
      return mean(given: decode(Variable(part), &context).value)
    }
    guard count > size else { return decoded(codes) }
    let capture = Capture(namedParameters.map(\.parameter))
    let parts = stride(from: 0, to: count, by: size).map { start in
      let part = codes.sliced(along: 0, start..<min(start + size, count))
      let given = capture(over: part, key: Context.inference().key) { [decoded(part)] }
      // Joined alone it is a copy, which outlives the next call.
      return Tensor.concatenated(given.compactMap { $0 }, along: 0)
    }
    return .concatenated(parts, along: 0)
  }
}

/// A model that decodes a code step by step: the parameters of a step depend on the code and on the
/// steps before it.
public protocol SequenceAutoencoder: VariationalAutoencoder where Observation == Sequences {
  /// Shape of one step, as ``SequenceFormat/stepShape`` has it.
  var stepShape: Shape { get }
  /// Steps it reads and writes at most; nil where there is no limit.
  var maximumLength: Int? { get }
  /// The likelihood's parameters of every step, the steps before it given: `[batch, time] +
  /// parameterShape`.
  func decode(
    _ codes: Variable, teaching x: Sequences, _ context: inout Context
  ) -> Variable
  /// The decoder's state before the first step of sequences generated from `codes`.
  func decoderState(from codes: Tensor) -> any DecoderState
  /// log p of each token as the next step, `[batch, vocabularySize]`, for parameters `[batch,
  /// vocabularySize]`; nil for a model of frames.
  func tokenLogProbabilities(given parameters: Tensor) -> Tensor?
  /// The expected steps for a likelihood's parameters `[batch, time] + parameterShape`.
  func mean(given parameters: Tensor) -> Sequences
  /// Steps drawn from the likelihood.
  func sampleObservation(given parameters: Tensor, using key: inout RandomKey) -> Sequences
}

extension SequenceAutoencoder {
  /// Nil: there is no limit.
  public var maximumLength: Int? { nil }
}
