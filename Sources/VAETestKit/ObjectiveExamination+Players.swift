internal import Layers
internal import TensorCore
internal import VAECore

extension ObjectiveExamination {
  func players() throws {
    let objective = try objective()
    var owners: [String: String] = [:]
    for player in objective.players {
      let own = Set(player.parameters.map(ObjectIdentifier.init))
      let before = objective.namedParameters.map { ($0.name, $0.parameter, $0.parameter.value) }
      let loss = pass(objective, player)
      let others = before.filter { !own.contains(ObjectIdentifier($0.1)) && $0.1.isTrainable }
      let gradients = loss.total.gradient(withRespectTo: others.map(\.1))
      if let reached = zip(others, gradients).first(where: { $0.1 != nil })?.0 {
        throw Finding(
          "the loss of '\(player.name)' reaches '\(reached.0)', which is not its own; does its pass "
            + "read all parameters through the context it was given?")
      }
      for (name, parameter, value) in before where parameter.value != value {
        guard own.contains(ObjectIdentifier(parameter)), !parameter.isTrainable else {
          throw Finding(
            "the pass of '\(player.name)' changes '\(name)'; it may move its own buffers, for which "
              + "context.moves(buffer) asks, and nothing else")
        }
      }
      // Who goes ahead later steps by the first player's loss; its own is not reported.
      for (name, _) in loss.terms where player.measure == nil && player.turn != .together {
        if let other = owners.updateValue(player.name, forKey: name) {
          throw Finding("'\(other)' and '\(player.name)' both report '\(name)'")
        }
      }
    }
  }

  /// Who steps by the first player's pass has a loss there, the one that it has when it is asked alone.
  func lossesTogether() throws {
    let objective = try objective()
    let first = objective.players[0]
    let sharing = objective.players.filter { $0.turn == .together }
    let others = loss(objective, first).others
    guard Set(others.keys) == Set(sharing.map(\.name)) else {
      throw Finding(
        "the pass of '\(first.name)' has losses of \(others.keys.sorted()), but those who step by it are "
          + "\(sharing.map(\.name))")
    }
    for player in sharing {
      let (shared, own) = (
        others[player.name]?.value.item, loss(objective, player).total.value.item
      )
      guard let shared, abs(shared - own) <= 1e-4 * (1 + abs(own)) else {
        throw Finding(
          "in the pass of '\(first.name)' the loss of '\(player.name)' is \(shared ?? .nan), but asked alone it is "
            + "\(own)")
      }
    }
  }

  func charges() throws {
    let objective = try objective()
    var (isCharged, isReported) = (false, false)
    for player in objective.players {
      let charge = Variable(Tensor(repeating: 0.5, shape: [3]), requiresGradient: true)
      let report = Tensor(repeating: 0.25, shape: [3])
      let loss = loss(objective, player) { context in
        context.charges.append(("charged_here", charge))
        context.reports.append(("reported_here", report))
      }
      let slope = loss.total.gradient(withRespectTo: [charge])[0]?.doubles ?? []
      if !slope.isEmpty, slope.allSatisfy({ abs($0 - 1.0 / 3) < 1e-6 }) { isCharged = true }
      if loss.terms.contains(where: { $0.key == "reported_here" && $0.value == report }) {
        isReported = true
      }
    }
    guard isCharged else {
      throw Finding(
        "what a part charges in a pass is in nobody's total, averaged over the batch; "
          + "does the loss end with collect(from: &context)?")
    }
    guard isReported else {
      throw Finding(
        "what a part reports in a pass is in nobody's terms; does the loss end with "
          + "collect(from: &context)?")
    }
  }

  func monitored() throws {
    let objective = try objective()
    switch objective.monitored {
    case .loss, .newest: return
    case .lowest(let name), .highest(let name):
      let reported = objective.players.flatMap { loss(objective, $0).terms.map(\.key) }
      guard (reported + measures).contains(name) else {
        throw Finding(
          "the best epoch is known by '\(name)', but what is reported is \(reported + measures)")
      }
    }
  }
}
