public import Layers
internal import TensorCore
public import VAECore

/// The evidence lower bound, negated to be minimized: reconstruction + weight × KL, and penalties.
///
/// Reported terms, in nats an example: "reconstruction" = -E log p(x | z), "kl" = KL(q ‖ p),
/// "elbo" = -(reconstruction + kl), which neither the weight nor free bits touch; "kl_weight" where
/// the weight changes; and what penalties and parts of the model charge or report.
///
/// - Source: Kingma and Welling, arXiv:1312.6114, equation 10, with one sample; the weight is β of
///   Higgins et al., ICLR 2017.
public struct ELBO<Model: LatentModel>: RestoringObjective {
  /// The model to train.
  public let model: Model
  /// The weight of the KL term at each step.
  public let klWeight: KLWeight
  /// KL that costs nothing; nil charges all of it.
  public let freeBits: FreeBits?
  /// What the KL is held at instead of being kept small; nil keeps it small.
  public let capacity: Capacity?
  /// What is added to the bound.
  public let penalties: Penalties
  /// The most steps that the encoder takes ahead of each step of the rest, while mutual information
  /// rises; 0 trains all together.
  public let innerSteps: Int
  /// The weight and the capacity where they change with the step.
  private let scheduledWeight, scheduledCapacity: Scheduled?

  /// The bound alone.
  public init(_ model: Model, klWeight: KLWeight = .constant(1), innerSteps: Int = 0) {
    self.init(model, klWeight, nil, nil, innerSteps, Penalties())
  }

  /// The bound with free bits, a capacity or penalties; throws where the model does not give what they need, or where they
  /// contradict each other.
  public init(
    _ model: Model, klWeight: KLWeight = .constant(1), freeBits: FreeBits? = nil,
    capacity: Capacity? = nil, innerSteps: Int = 0, penalties: [any Penalty] = []
  ) throws(CompositionError) {
    if let freeBits { try freeBits.check(model) }
    guard freeBits == nil || capacity == nil else {
      throw CompositionError(
        incompatible:
          "free bits let the KL be small for nothing, and a capacity holds it at a value; "
          + "choose one of them")
    }
    self.init(
      model, klWeight, freeBits, capacity, innerSteps, try Penalties(penalties, of: model))
  }

  private init(
    _ model: Model, _ klWeight: KLWeight, _ freeBits: FreeBits?, _ capacity: Capacity?,
    _ innerSteps: Int, _ penalties: Penalties
  ) {
    (self.model, self.klWeight, self.freeBits) = (model, klWeight, freeBits)
    (self.capacity, self.innerSteps, self.penalties) = (capacity, innerSteps, penalties)
    (scheduledWeight, scheduledCapacity) = (klWeight.scheduled, capacity?.scheduled)
  }

  public var parts: KeyValuePairs<String, any ModulePart> {
    [
      "model": model, "kl_weight": scheduledWeight, "capacity": scheduledCapacity,
      "penalties": penalties,
    ]
  }

  public var players: [Player] {
    guard innerSteps > 0 else { return [Player("model", of: model)] + penalties.rivals }
    let inner = model.inferenceParameters
    let innerIDs = Set(inner.map(ObjectIdentifier.init))
    let rest = model.namedParameters.map(\.parameter).filter {
      !innerIDs.contains(ObjectIdentifier($0))
    }
    let encoder = Player(
      "encoder", parameters: inner,
      turn: .ahead(steps: innerSteps, whileRising: "mutual_information"))
    return [Player("model", parameters: rest), encoder] + penalties.rivals
  }

  /// The loss, or the bound where a rival makes losses of different epochs unlike each other.
  public var monitored: Monitored { penalties.rivals.isEmpty ? .loss : .highest("elbo") }

  public func validate(_ batch: Batch<Model.Observation>) throws(ObservationError) {
    try model.validate(batch.observations)
  }

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
    let weight = scheduledWeight.map { context[$0, as: kl.dtype] }
    let held = scheduledCapacity.map { context[$0, as: kl.dtype] }
    func weighted(_ kl: Variable) -> Variable {
      if let weight { return kl * weight }
      return klWeight.end == 1 ? kl : kl * klWeight.end
    }
    let total =
      if let freeBits {
        reconstruction.mean() + weighted(freeBits.charged(kl, context.sites))
      } else if let capacity {
        reconstruction.mean() + weighted(capacity.charged(kl, held))
      } else {
        (reconstruction + weighted(kl)).mean()
      }
    var loss = Loss(
      total: total,
      terms: [
        "reconstruction": reconstruction.value, "kl": kl.value,
        "elbo": (reconstruction.value + kl.value) * -1,
      ])
    for (name, now) in [("kl_weight", weight), ("capacity", held)] {
      if let now { loss.terms.append((name, now.broadcast(to: kl.shape).value)) }
    }
    if context.sites.count > 1 {
      loss.terms += context.sites.compactMap { site in
        site.divergence.map { ("kl_\(site.name)", $0.value) }
      }
    }
    loss = penalties.added(
      to: loss,
      of: Walk(model, of: x, output: output, cost: reconstruction.mean(), context), &context)
    loss.collect(from: &context)
    return loss.asked(by: context.player)
  }
}
