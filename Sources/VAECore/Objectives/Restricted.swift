public import Layers

/// An objective of which only some parts train, such as the prior of a model whose codes stay as
/// they are.
public struct Restricted<Base: Objective>: Objective {
  /// The objective.
  public let base: Base
  /// The players of the objective, with those of their parameters that train.
  public let players: [Player]

  /// Restricts `base` to parts by their dotted names, "prior" or "encoder.layers", those of the
  /// model or of the objective itself; players who have none of them step aside.
  ///
  /// - Throws: `CompositionError` where a name is that of no part, or of one without parameters.
  public init(_ base: Base, to parts: [String]) throws(CompositionError) {
    let all = base.namedParameters
    var kept: Set<ObjectIdentifier> = []
    for part in parts {
      let own = all.filter { Self.name($0.name, isIn: part) }.map(\.parameter)
      guard own.contains(where: \.isTrainable) else {
        throw CompositionError(
          incompatible:
            "only '\(part)' is to train, but no part of that name has parameters; those "
            + "that have are \(Self.partNames(all))")
      }
      kept.formUnion(own.map { ObjectIdentifier($0) })
    }
    self.base = base
    players = base.players.compactMap { player in
      var player = player
      player.parameters = player.parameters.filter { kept.contains(ObjectIdentifier($0)) }
      return player.parameters.contains(where: \.isTrainable) ? player : nil
    }
    guard !players.isEmpty else {
      throw CompositionError(
        incompatible: "only \(parts.joined(separator: ", ")) is to train, but no player of the "
          + "objective trains it")
    }
  }

  private static func name(_ name: String, isIn part: String) -> Bool {
    name == part || name == "model.\(part)" || name.hasPrefix("\(part).")
      || name.hasPrefix("model.\(part).")
  }

  /// The parts with parameters, those of the model by their own names.
  private static func partNames(_ all: [(name: String, parameter: Parameter)]) -> String {
    var names: [String] = []
    for entry in all where entry.parameter.isTrainable {
      let path = entry.name.split(separator: ".")
      guard let part = path.first == "model" ? path.dropFirst().first : path.first else { continue }
      if !names.contains(String(part)) { names.append(String(part)) }
    }
    return names.joined(separator: ", ")
  }

  /// The parts of the objective.
  public var parts: KeyValuePairs<String, any ModulePart> { base.parts }
  /// What the objective monitors.
  public var monitored: Monitored { base.monitored }

  /// Throws where the objective gives a batch no meaning.
  public func validate(_ batch: Base.Batch) throws(ObservationError) { try base.validate(batch) }

  /// The objective's loss.
  public func loss(on batch: Base.Batch, _ context: inout Context) -> Loss {
    base.loss(on: batch, &context)
  }
}
