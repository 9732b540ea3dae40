public import Layers
public import TensorCore

/// A pass through a model, as penalties see it.
public struct Walk<Model: LatentModel> {
  /// The model.
  public let model: Model
  /// What was observed.
  public let observation: Model.Observation
  /// p(x | z).
  public let output: Model.Output
  /// What was drawn.
  public let sites: [Site]
  /// What telling the observations costs so far, averaged over the batch, the distances among the penalties before this one
  /// included.
  public internal(set) var cost: Variable?

  /// A walk that has just been made through `model`.
  public init(
    _ model: Model, of x: Model.Observation, output: Model.Output, cost: Variable?,
    _ context: Context
  ) {
    (self.model, observation, self.output, self.cost) = (model, x, output, cost)
    sites = context.sites
  }

  /// Examples in the batch.
  public var count: Int { observation.rowCount }

  /// The codes of all sites side by side, `[batch, latentCount]`.
  public var codes: Variable { sites.codes }
}

extension Walk {
  /// What was observed, and the mean of what the model makes of it, `[batch] + shape` each.
  ///
  /// Only models of tensors have them; ``Penalty/check(_:)`` asks with ``LatentModel/requireTensors(for:)``.
  public func pair(_ context: inout Context) -> (observed: Variable, made: Variable) {
    guard let observed = observation.value as? Variable,
      let made = output.mean(&context) as? Variable
    else { preconditionFailure("observations of \(Model.Observation.self) are no tensors") }
    return (observed, made)
  }
}

extension LatentModel {
  /// Codes of the prior, one for each observation, the sites side by side: `[batch, latentCount]`.
  ///
  /// What the pass has drawn so far stays as it is.
  public func priorCodes(
    for x: Observation, _ context: inout Context
  ) -> Variable {
    var own = context
    own.drawing = Drawing()
    own.drawing.rule = .prior
    own.drawing.rowCount = x.rowCount
    own.drawing.format = format
    drawCodes(nil, condition(of: x), &own)
    context.key = own.key
    return own.sites.codes
  }
}
