internal import TensorCore

/// Two parts of a model that do not fit.
public struct CompositionError: Error, Sendable, Equatable, CustomStringConvertible {
  enum Reason: Sendable, Equatable {
    case featureCount(encoder: Int, posterior: Int)
    case latentCount(posterior: Int, prior: Int, decoder: Int)
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
    case .featureCount(let encoder, let posterior):
      "the encoder gives \(encoder) features, but the posterior reads \(posterior)"
    case .latentCount(let posterior, let prior, let decoder):
      "latent sizes differ: posterior \(posterior), prior \(prior), decoder \(decoder)"
    case .parameterShape(let decoder, let likelihood, let observation):
      "the likelihood needs parameters \(likelihood) for observations \(observation), "
        + "but the decoder gives \(decoder)"
    case .kinds(let description): description
    }
  }
}
