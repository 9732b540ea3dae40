public import Layers
public import TensorCore

/// What an objective adds to the cost of telling observations from codes: the dependence of coordinates, the distance of all codes
/// from the prior, the judgement of a rival, the distance of two pictures.
///
/// An objective that takes penalties takes any of them, together. A penalty asks of a walk through a model for what it needs, and
/// says beforehand whether a model has that.
public protocol Penalty: Module {
  /// What its parameters and its term are called, such as "total_correlation"; no two penalties of an objective have one name.
  var name: String { get }
  /// What it adds to the loss of a walk.
  func charge<Model: LatentModel>(for walk: Walk<Model>, _ context: inout Context) -> Charge
  /// Throws where it cannot be asked about a model.
  func check(_ model: some LatentModel) throws(CompositionError)
  /// Whether it compares what a model makes with what was observed, so that a model can be trained by it alone.
  var isDistance: Bool { get }
  /// Who trains against the model for it, such as a discriminator; none unless it states them.
  var rivals: [Player] { get }
  /// The loss of one of its rivals on the observations that the model sees.
  func loss<Model: LatentModel>(
    of rival: String, against model: Model, on x: Model.Observation, _ context: inout Context
  ) -> Loss
}

extension Penalty {
  /// Accepts every model.
  public func check(_ model: some LatentModel) throws(CompositionError) {}
  /// False.
  public var isDistance: Bool { false }
  /// None.
  public var rivals: [Player] { [] }
  /// Nobody has one.
  public func loss<Model: LatentModel>(
    of rival: String, against model: Model, on x: Model.Observation, _ context: inout Context
  ) -> Loss { preconditionFailure("'\(name)' has no rival '\(rival)'") }
}

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
  /// Throws, in the name of what asks, where observations are no tensors.
  public func requireTensors(for asker: String) throws(CompositionError) {
    guard Observation.self == Tensor.self else {
      throw CompositionError(
        incompatible: "\(asker) compares tensors, such as images, and this model has none")
    }
  }

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

/// What a penalty adds to a loss.
public struct Charge {
  /// A scalar, weighted, averaged over the batch.
  public var total: Variable
  /// What is reported, unweighted: `[batch]` each.
  public var reports: [(key: String, value: Tensor)]

  /// A weighted scalar, and what is reported of it.
  public init(total: Variable, reports: [(key: String, value: Tensor)]) {
    self.total = total
    self.reports = reports
  }

  /// What each example costs, `[batch]`, by a weight.
  public init(_ name: String, perExample value: Variable, weight: Double) {
    self.init(total: value.mean() * weight, reports: [(name, value.value)])
  }

  /// What a batch of `count` examples costs, a scalar, by a weight.
  public init(_ name: String, ofBatch value: Variable, count: Int, weight: Double) {
    self.init(
      total: value * weight,
      reports: [(name, value.detached.reshaped(to: [1]).broadcast(to: [count]).value)])
  }

  /// Nothing, reported as such: of a batch of one example there is nothing to compare.
  public static func nothing(_ names: [String], like value: Variable) -> Charge {
    let zero = Tensor.zeros([1], dtype: value.dtype)
    return Charge(
      total: Variable(.zeros([], dtype: value.dtype)), reports: names.map { ($0, zero) })
  }
}

/// The penalties of an objective, which asks them in order.
public struct Penalties {
  /// The penalties.
  public let all: [any Penalty]

  /// Penalties of a model; throws where one cannot be asked about it, or two have one name.
  public init(_ all: [any Penalty] = [], of model: some LatentModel) throws(CompositionError) {
    self.all = all
    for (i, penalty) in all.enumerated() {
      try penalty.check(model)
      if all[..<i].contains(where: { $0.name == penalty.name }) {
        throw CompositionError(incompatible: "two penalties are called '\(penalty.name)'")
      }
    }
  }

  /// None.
  public init() { all = [] }

  /// Whether one compares what is made with what was observed.
  public var holdADistance: Bool { all.contains(where: \.isDistance) }

  /// All of their rivals.
  public var rivals: [Player] { all.flatMap(\.rivals) }

  /// The loss of the player of a pass; nil where that is no rival of a penalty.
  public func rivalLoss<Model: LatentModel>(
    against model: Model, on x: Model.Observation, _ context: inout Context
  ) -> Loss? {
    guard let player = context.player,
      let penalty = all.first(where: { $0.rivals.contains { $0.name == player } })
    else { return nil }
    return penalty.loss(of: player, against: model, on: x, &context)
  }

  /// The loss of a walk, with what the penalties charge and report.
  public func added<Model: LatentModel>(
    to loss: Loss, of walk: Walk<Model>, _ context: inout Context
  ) -> Loss {
    var (loss, walk) = (loss, walk)
    for penalty in all {
      let charge = penalty.charge(for: walk, &context)
      loss.total = loss.total + charge.total
      loss.terms += charge.reports
      if penalty.isDistance { walk.cost = walk.cost.map { $0 + charge.total } ?? charge.total }
    }
    return loss
  }
}

extension Penalties: ModulePart {
  /// Visits the parameters of each by its name.
  public func visitParameters(_ name: String, _ visit: (String, Parameter) -> Void) {
    for penalty in all { penalty.visitParameters("\(name).\(penalty.name)", visit) }
  }

  /// Visits the numbers of each that change with the step.
  public func visitSchedules(_ name: String, _ visit: (String, Scheduled) -> Void) {
    for penalty in all { penalty.visitSchedules("\(name).\(penalty.name)", visit) }
  }
}

extension Variable {
  /// -log σ(ℓ) of logits ℓ: what a judge's doubt of what is real costs.
  public var costOfReal: Variable { (-self).softplus() }
  /// -log(1 - σ(ℓ)) of logits ℓ: what a judge's belief in what is made costs.
  public var costOfMade: Variable { softplus() }
}
