public import Layers
internal import TensorCore
public import VAECore

/// The evidence lower bound, negated to be minimized: reconstruction + weight × KL.
///
/// Reported terms, in nats an example: "reconstruction" = -E log p(x | z), "kl" = KL(q ‖ p),
/// "elbo" = -(reconstruction + kl), which the weight does not touch.
///
/// - Source: Kingma and Welling, arXiv:1312.6114, equation 10, with one sample; the weight is β of
///   Higgins et al., ICLR 2017.
public struct ELBO<Model: VariationalAutoencoder>: Objective {
  /// The model to train.
  public let model: Model
  /// The weight of the KL term at each step.
  public let klWeight: KLWeight

  public init(_ model: Model, klWeight: KLWeight = .constant(1)) {
    self.model = model
    self.klWeight = klWeight
  }

  public var parts: KeyValuePairs<String, any ModulePart> { ["model": model] }

  public var settledStep: Int { klWeight.warmUpSteps }

  public func validate(_ batch: Batch<Model.Observation>) throws(ObservationError) {
    try model.validate(batch.observations)
  }

  public func loss(
    on batch: Batch<Model.Observation>, step: Int, _ context: inout Context
  ) -> Loss {
    let q = model.encode(batch.observations, &context)
    let codes = q.sample(using: &context.key)
    let reconstruction = -model.logLikelihood(of: batch.observations, from: codes, &context)
    let kl = model.divergence(from: q, codes: codes, &context)
    let weight = klWeight(at: step)
    let total = (weight == 1 ? reconstruction + kl : reconstruction + kl * weight).mean()
    return Loss(
      total: total,
      terms: [
        "reconstruction": reconstruction.value, "kl": kl.value,
        "elbo": (reconstruction.value + kl.value) * -1,
      ])
  }
}
