public import Layers
internal import TensorCore

/// The penalties of an objective, which asks them in order.
public struct Penalties {
  /// The penalties.
  public let all: [any Penalty]

  /// Penalties of a model; throws where one cannot be asked about it, or two have one name.
  public init(_ all: [any Penalty] = [], of model: some LatentModel) throws(CompositionError) {
    self.all = all
    for (i, penalty) in all.enumerated() {
      try penalty.check(model)
      let before = all[..<i]
      if before.contains(where: { $0.name == penalty.name }) {
        throw CompositionError(incompatible: "two penalties are called '\(penalty.name)'")
      }
      let names = before.flatMap(\.rivals).map(\.name)
      if let rival = penalty.rivals.first(where: { names.contains($0.name) }) {
        throw CompositionError(incompatible: "two penalties have a rival called '\(rival.name)'")
      }
    }
  }

  /// None.
  public init() { all = [] }

  /// Whether one compares what is made with what was observed.
  public var holdADistance: Bool { all.contains(where: \.isDistance) }

  /// All of their rivals.
  public var rivals: [Player] { all.flatMap(\.rivals) }

  /// The loss of a walk, with what the penalties charge and report, and the losses of their rivals.
  public func added<Model: LatentModel>(
    to loss: Loss, of walk: Walk<Model>, _ context: inout Context
  ) -> Loss {
    var (loss, walk) = (loss, walk)
    for penalty in all {
      let charge = penalty.charge(for: walk, &context)
      loss.total = loss.total + charge.total
      for (name, value) in charge.reports { loss.report(name, value) }
      loss.others.merge(charge.ofRivals) { $1 }
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
