public import Layers
public import TensorCore

/// A model of five parts whose codes have one site, "z".
public protocol ComposedModel<Observation>: LatentModel where Condition == Blank {
  /// What makes features of observations.
  associatedtype E: Encoder where E.Observation == Observation
  /// What makes distributions over codes of features.
  associatedtype Q: Posterior
  /// What codes are like beforehand.
  associatedtype P: Prior where P.Value == Q.Value
  /// What makes parameters of codes.
  associatedtype D: ModulePart
  /// What makes distributions over observations of parameters.
  associatedtype L: ModulePart

  /// Observations to features.
  var encoder: E { get }
  /// Features to q(z | x).
  var posterior: Q { get }
  /// p(z).
  var prior: P { get }
  /// Codes to the likelihood's parameters.
  var decoder: D { get }
  /// Parameters to p(x | z).
  var likelihood: L { get }

  /// Numbers of a condition that the posterior reads beside features, and the decoder beside codes; 0
  /// unless the model is a part of a ``ConditionalVAE``.
  var conditionWidth: Int { get }

  /// p(x | z), the condition beside the codes where there is one.
  func output(from z: Variable, _ context: inout Context) -> Output
}

extension ComposedModel {
  /// The five parts by name.
  public var parts: KeyValuePairs<String, any ModulePart> {
    [
      "encoder": encoder, "posterior": posterior, "prior": prior, "decoder": decoder,
      "likelihood": likelihood,
    ]
  }

  /// The parameters of the encoder and the posterior, buffers included.
  public var inferenceParameters: [Parameter] {
    (encoder.namedParameters + posterior.namedParameters).map(\.parameter)
  }

  /// One site, "z".
  public var codeSites: [CodeSite] {
    [
      CodeSite(
        name: "z", shape: posterior.codeShape, posterior: Q.Output.self, prior: P.Output.self)
    ]
  }

  /// p(x | z) for codes drawn at "z".
  public func callAsFunction(
    _ x: Observation?, _ condition: Blank, _ context: inout Context
  ) -> Output {
    output(from: code(x, condition, &context).numbers, &context)
  }

  /// Draws at "z" alone.
  public func drawCodes(_ x: Observation?, _ condition: Blank, _ context: inout Context) {
    _ = code(x, condition, &context)
  }

  private func code(
    _ x: Observation?, _ condition: Blank, _ context: inout Context
  ) -> Q.Value {
    precondition(
      conditionWidth == 0, "a model that reads a condition is used as part of a ConditionalVAE")
    let q = x.map { encode($0, &context).repeated(context.sampleCount) }
    return context.draw("z", prior: prior(condition.rowCount, &context), posterior: q)
  }

  /// q(z | x).
  public func encode(_ x: Observation, _ context: inout Context) -> Q.Output {
    posterior(encoder(x.value, &context), &context)
  }
}
