internal import Layers
internal import VAECore

// What players have to be, so that a run can begin.

extension [Player] {
  /// Throws where the players of `objective` make no sense, before anything is written.
  func validate(
    in objective: some Objective, stepsPerEpoch: Int
  ) throws(TrainingError) {
    guard let first else {
      throw TrainingError("the objective has no players, so that nothing would be trained")
    }
    let known = Set(objective.namedParameters.map { ObjectIdentifier($0.parameter) })
    var names: Set<String> = []
    for player in self {
      guard names.insert(player.name).inserted else {
        throw TrainingError(
          "two players are called '\(player.name)'; each needs a name of its own")
      }
      try player.validate(amongParameters: known)
    }
    guard case .every(let n) = first.turn else {
      throw TrainingError(
        "the first player, '\(first.name)', cannot go ahead of the others or with one of them, since its loss "
          + "is the run's; put one before it that takes turns")
    }
    let sharing = [first] + filter { $0.turn == .together }
    var owners: [ObjectIdentifier: String] = [:]
    for player in sharing {
      for parameter in player.parameters where parameter.isTrainable {
        let other = owners.updateValue(player.name, forKey: ObjectIdentifier(parameter))
        guard other == nil || other == player.name else {
          throw TrainingError(
            "'\(other ?? "")' and '\(player.name)' step by one pass and train a parameter both; let one of them "
              + "take turns")
        }
      }
    }
    guard n <= stepsPerEpoch else {
      throw TrainingError(
        "the first player, '\(first.name)', steps in every \(n)th step, but an epoch has "
          + "\(stepsPerEpoch); its loss is the run's, so that it has to step in every epoch")
    }
  }
}

extension Player {
  fileprivate func validate(
    amongParameters known: Set<ObjectIdentifier>
  ) throws(TrainingError) {
    guard !name.isEmpty, !name.contains(where: { ".,".contains($0) }) else {
      throw TrainingError(
        "a player cannot be called '\(name)'; checkpoints need a name without dots and commas")
    }
    guard parameters.contains(where: \.isTrainable) else {
      throw TrainingError(
        "the player '\(name)' has no parameters to train; give it a module that has some")
    }
    guard parameters.allSatisfy({ known.contains(ObjectIdentifier($0)) }) else {
      throw TrainingError(
        "the player '\(name)' trains parameters that no checkpoint would hold, since they are in no "
          + "part of the objective; name their module among its parts")
    }
    try optimizer?.validate(of: "the player '\(name)'")
    switch turn {
    case .every(let n):
      guard n >= 1 else {
        throw TrainingError(
          "the player '\(name)' cannot step in every \(n)th step; the count must be 1 or more")
      }
    case .together: break
    case .ahead(let steps, let checkEvery, _):
      guard steps >= 1, checkEvery >= 1 else {
        throw TrainingError(
          "the player '\(name)' cannot go ahead by \(steps) steps and look at its loss after every "
            + "\(checkEvery); both must be 1 or more")
      }
    }
  }
}
