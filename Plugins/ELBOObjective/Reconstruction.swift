public import Layers
internal import TensorCore
public import VAECore

/// What telling observations from codes costs, and penalties: the loss of models that are no
/// variational ones, such as plain, regularized and Wasserstein autoencoders, or whose images have no density.
///
/// The cost is -log p(x | z) where observations have a density, and else what a distance among the penalties charges. The KL
/// counts by a weight, none unless told otherwise.
///
/// Reported terms, in nats an example: "reconstruction" = -E log p(x | z) and "kl" where there are densities, "elbo" where there
/// are both; and what penalties and parts of the model charge or report.
public struct Reconstruction<Model: LatentModel>: RestoringObjective {
  /// The model to train.
  public let model: Model
  /// The weight of the KL term.
  public let klWeight: Double
  /// What is added to the cost.
  public let penalties: Penalties

  /// A cost with its penalties; throws where nothing tells what is made from what was seen, where a KL is to count that is not
  /// known, and where a penalty cannot be asked about the model.
  public init(
    _ model: Model, klWeight: Double = 0, penalties: [any Penalty] = []
  ) throws(CompositionError) {
    guard model.infersCodes else {
      throw CompositionError(
        incompatible:
          "a reconstruction is told from codes of what was seen, and this model infers none; choose "
          + "an encoder and a posterior, or an objective of generators")
    }
    self.penalties = try Penalties(penalties, of: model)
    guard Model.Output.hasDensity || self.penalties.holdADistance else {
      throw CompositionError(
        incompatible:
          "observations have no density in this model, and no penalty is a distance, so that nothing "
          + "compares what is made with what was seen; add one, such as squared-error")
    }
    if klWeight != 0, let site = model.codeSites.first(where: { !$0.hasDensities }) {
      throw CompositionError(
        incompatible:
          "the KL is to count \(klWeight), but codes at '\(site.name)' have no densities to compare; "
          + "set kl_weight to 0, or choose another posterior")
    }
    self.model = model
    self.klWeight = klWeight
  }

  public var parts: KeyValuePairs<String, any ModulePart> {
    ["model": model, "penalties": penalties]
  }

  public var players: [Player] { [Player("model", of: model)] + penalties.rivals }

  /// The loss; with rivals, who make losses of different epochs unlike each other, the cost where it is told.
  public var monitored: Monitored {
    if penalties.rivals.isEmpty { return .loss }
    let distance = penalties.all.first(where: \.isDistance)?.name
    return Model.Output.hasDensity
      ? .lowest("reconstruction") : distance.map { .lowest($0) } ?? .newest
  }

  public func validate(_ batch: Batch<Model.Observation>) throws(ObservationError) {
    try model.validate(batch.observations)
  }

  public func loss(
    of x: Model.Observation, seeing seen: Model.Observation, _ context: inout Context
  ) -> Loss {
    let output = model.infer(seen, &context)
    let cost = output.logProbability(of: x.value, &context).map { -$0 }
    let kl = context.sites.divergence
    var total = cost?.mean() ?? Variable(.zeros([], dtype: context.sites.codes.dtype))
    if klWeight != 0, let kl { total = total + kl.mean() * klWeight }
    var loss = Loss(total: total, terms: [:])
    if let cost { loss.terms.append(("reconstruction", cost.value)) }
    if let kl { loss.terms.append(("kl", kl.value)) }
    if let cost, let kl { loss.terms.append(("elbo", (cost.value + kl.value) * -1)) }
    loss = penalties.added(
      to: loss, of: Walk(model, of: x, output: output, cost: cost?.mean(), context), &context)
    loss.collect(from: &context)
    return loss.asked(by: context.player)
  }
}
