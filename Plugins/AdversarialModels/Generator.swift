public import Layers
public import TensorCore
public import VAECore

/// The writing half of an autoencoder, which infers nothing: codes of a prior, a decoder, and what its numbers stand for.
///
/// - Source: Goodfellow et al., "Generative Adversarial Networks", arXiv:1406.2661.
public struct Generator<P: Prior, D: Decoder, L: Likelihood<Tensor>>: LatentModel
where P.Value == Variable {
  public typealias Observation = Tensor
  public typealias Output = L.Output

  /// p(z).
  public let prior: P
  /// Codes to the likelihood's parameters.
  public let decoder: D
  /// What the parameters stand for.
  public let likelihood: L

  /// Composes a model of observations of a shape; throws an error that names both sides where two parts do not fit.
  public init(
    prior: P, decoder: D, likelihood: L, observationShape: Shape
  ) throws(CompositionError) {
    guard prior.codeShape == decoder.codeShape else {
      throw CompositionError(
        incompatible:
          "the prior has codes \(prior.codeShape), but the decoder reads \(decoder.codeShape)")
    }
    let needed = likelihood.parameterShape(forObservation: observationShape)
    guard decoder.parameterShape == needed else {
      throw CompositionError(
        incompatible:
          "the likelihood needs parameters \(needed) for observations \(observationShape), but the "
          + "decoder gives \(decoder.parameterShape)")
    }
    self.prior = prior
    self.decoder = decoder
    self.likelihood = likelihood
  }

  public var parts: KeyValuePairs<String, any ModulePart> {
    ["prior": prior, "decoder": decoder, "likelihood": likelihood]
  }

  public var infersCodes: Bool { false }

  public func callAsFunction(_ x: Tensor?, _ condition: Blank, _ context: inout Context) -> Output {
    likelihood(decoder(code(condition, &context), &context), &context)
  }

  public func drawCodes(_ x: Tensor?, _ condition: Blank, _ context: inout Context) {
    _ = code(condition, &context)
  }

  private func code(_ condition: Blank, _ context: inout Context) -> Variable {
    let none: P.Output? = nil
    return context.draw("z", prior: prior(condition.rowCount, &context), posterior: none)
  }

  public func validate(_ x: Tensor) throws(ObservationError) { try likelihood.validate(x) }
}
