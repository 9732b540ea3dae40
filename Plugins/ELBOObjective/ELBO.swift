public import Layers
internal import TensorCore
public import VAECore

/// The evidence lower bound, negated to be minimized: reconstruction + weight × KL.
///
/// Reported terms, in nats an example: "reconstruction" = -E log p(x | z), "kl" = KL(q ‖ p),
/// "elbo" = -(reconstruction + kl), which neither the weight nor free bits touch; "kl_weight" where
/// the weight changes; and what parts of the model charge or report.
///
/// - Source: Kingma and Welling, arXiv:1312.6114, equation 10, with one sample; the weight is β of
///   Higgins et al., ICLR 2017.
public struct ELBO<Model: LatentModel>: Objective {
  /// The model to train.
  public let model: Model
  /// The weight of the KL term at each step.
  public let klWeight: KLWeight
  /// KL that costs nothing; nil charges all of it.
  public let freeBits: FreeBits?
  /// The most steps that the encoder takes ahead of each step of the rest, while mutual information
  /// rises; 0 trains all together.
  public let innerSteps: Int
  /// The weight where it changes with the step.
  private let scheduled: Scheduled?

  public init(_ model: Model, klWeight: KLWeight = .constant(1), innerSteps: Int = 0) {
    self.model = model
    self.klWeight = klWeight
    scheduled = klWeight.scheduled
    freeBits = nil
    self.innerSteps = innerSteps
  }

  /// The bound with free bits; throws where the prior does not divide its KL as they need it.
  public init(
    _ model: Model, klWeight: KLWeight = .constant(1), freeBits: FreeBits, innerSteps: Int = 0
  ) throws(CompositionError) {
    let (size, count) = (freeBits.groupSize, model.latentCount)
    guard size >= 1, count.isMultiple(of: size) else {
      throw CompositionError(
        incompatible: "free bits need groups of one size, but \(size) does not divide the model's "
          + "\(count) codes")
    }
    guard size == count || model.codeSites.allSatisfy(\.isFactorized) else {
      throw CompositionError(
        incompatible: "free bits for groups of \(size) need the KL of each code, which the model's "
          + "posterior and prior do not tell; make one group of all \(count)")
    }
    self.model = model
    self.klWeight = klWeight
    scheduled = klWeight.scheduled
    self.freeBits = freeBits
    self.innerSteps = innerSteps
  }

  public var parts: KeyValuePairs<String, any ModulePart> {
    ["model": model, "kl_weight": scheduled]
  }

  public var players: [Player] {
    guard innerSteps > 0 else { return [Player("model", of: model)] }
    let inner = model.inferenceParameters
    let innerIDs = Set(inner.map(ObjectIdentifier.init))
    let rest = model.namedParameters.map(\.parameter).filter {
      !innerIDs.contains(ObjectIdentifier($0))
    }
    return [
      Player("model", parameters: rest),
      Player(
        "encoder", parameters: inner,
        turn: .ahead(steps: innerSteps, whileRising: "mutual_information")),
    ]
  }

  public func validate(_ batch: Batch<Model.Observation>) throws(ObservationError) {
    try model.validate(batch.observations)
  }

  public func loss(
    on batch: Batch<Model.Observation>, _ context: inout Context
  ) -> Loss {
    loss(of: batch.observations, seeing: batch.observations, &context)
  }

  /// The loss of telling `x` from codes of what the encoder saw, which may be damaged.
  public func loss(
    of x: Model.Observation, seeing seen: Model.Observation, _ context: inout Context
  ) -> Loss {
    let output = model.infer(seen, &context)
    guard let fit = output.logProbability(of: x.value, &context),
      let kl = context.sites.divergence
    else {
      preconditionFailure(
        "an evidence lower bound needs log p(x | z) and KL(q ‖ p), and this model has no density for one of them"
      )
    }
    let reconstruction = -fit
    let weight = scheduled.map { context[$0, as: kl.dtype] }
    func weighted(_ kl: Variable) -> Variable {
      if let weight { return kl * weight }
      return klWeight.end == 1 ? kl : kl * klWeight.end
    }
    let total =
      if let freeBits {
        reconstruction.mean() + weighted(charged(kl, context.sites, freeBits))
      } else {
        (reconstruction + weighted(kl)).mean()
      }
    let bound = (reconstruction.value + kl.value) * -1
    var loss = Loss(
      total: total,
      terms: ["reconstruction": reconstruction.value, "kl": kl.value, "elbo": bound])
    if let weight {
      loss.terms.append(("kl_weight", weight.broadcast(to: bound.shape).value))
    }
    if context.sites.count > 1 {
      loss.terms += context.sites.compactMap { site in
        site.divergence.map { ("kl_\(site.name)", $0.value) }
      }
    }
    loss.collect(from: &context)
    return loss
  }

  /// The KL that is not free, a scalar.
  private func charged(_ kl: Variable, _ sites: [Site], _ freeBits: FreeBits) -> Variable {
    guard let divided = sites.dividedDivergence, freeBits.groupSize < divided.shape[1] else {
      return kl.mean().clamped(atLeast: freeBits.nats)
    }
    return freeBits(divided)
  }
}
