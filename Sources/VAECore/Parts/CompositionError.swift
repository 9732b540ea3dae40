internal import TensorCore

/// Two parts of a model that do not fit.
public struct CompositionError: Error, Sendable, Equatable, CustomStringConvertible {
  enum Reason: Sendable, Equatable {
    case features(encoder: Shape, posterior: Shape)
    case codes(posterior: Shape, prior: Shape, decoder: Shape)
    case parameterShape(decoder: Shape, likelihood: Shape, observation: Shape)
    case kinds(String)
  }

  let reason: Reason

  init(_ reason: Reason) { self.reason = reason }

  /// Parts of kinds that do not go together, told in one sentence that names both sides.
  public init(incompatible description: String) { reason = .kinds(description) }

  /// Both sides, in one sentence.
  public var description: String {
    switch reason {
    case .features(let encoder, let posterior) where encoder.rank == 1 && posterior.rank == 1:
      "the encoder gives \(encoder.count) features, but the posterior reads \(posterior.count)"
    case .features(let encoder, let posterior):
      "the encoder gives features \(encoder), but the posterior reads \(posterior)"
    case .codes(let q, let p, let decoder) where q.rank == 1 && p.rank == 1 && decoder.rank == 1:
      "latent sizes differ: posterior \(q.count), prior \(p.count), decoder \(decoder.count)"
    case .codes(let q, let p, let decoder):
      "shapes of codes differ: posterior \(q), prior \(p), decoder \(decoder)"
    case .parameterShape(let decoder, let likelihood, let observation):
      "the likelihood needs parameters \(likelihood) for observations \(observation), "
        + "but the decoder gives \(decoder)"
    case .kinds(let description): description
    }
  }
}

extension CompositionError {
  /// Throws where two of a model's parts do not fit.
  static func check(
    _ encoder: some Encoder, _ posterior: some Posterior, _ prior: some Prior,
    decoderReads codes: Shape, decoderGives parameters: Shape, _ likelihood: some Likelihood,
    conditionWidth: Int
  ) throws(CompositionError) {
    let features = try encoder.featureShape.widened(by: conditionWidth, "features")
    guard features == posterior.featureShape else {
      throw CompositionError(.features(encoder: features, posterior: posterior.featureShape))
    }
    let own = try posterior.codeShape.widened(by: conditionWidth, "codes")
    guard posterior.codeShape == prior.codeShape, own == codes else {
      throw CompositionError(
        .codes(posterior: posterior.codeShape, prior: prior.codeShape, decoder: codes))
    }
    let needed = likelihood.parameterShape(forObservation: encoder.observationShape)
    guard parameters == needed else {
      throw CompositionError(
        .parameterShape(
          decoder: parameters, likelihood: needed, observation: encoder.observationShape))
    }
  }
}

extension Shape {
  /// The shape with so many more numbers in a row.
  fileprivate func widened(by width: Int, _ what: String) throws(CompositionError) -> Shape {
    if width == 0 { return self }
    guard rank == 1, width > 0 else {
      throw CompositionError(
        incompatible: "a condition stands beside rows of numbers, and these \(what) are \(self)")
    }
    return [count + width]
  }
}
