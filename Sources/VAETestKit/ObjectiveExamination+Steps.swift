internal import Layers
internal import TensorCore
internal import VAECore

extension ObjectiveExamination {
  func settled() throws {
    let objective = try objective()
    let first = objective.settledStep
    for player in objective.players {
      let settled = loss(objective, player, step: first).total.value
      for step in [1, 50, 1_000_000] {
        let later = loss(objective, player, step: first + step).total.value
        guard later == settled else {
          throw Finding(
            "the total of '\(player.name)' is \(settled.item) at the settled step, \(first), but "
              + "\(later.item) \(step) steps later")
        }
      }
    }
  }

  func schedule() throws {
    let steps = [0, 1, 7, 50, 1_000_000]
    for (name, schedule) in try objective().namedSchedules {
      if let step = steps.first(where: { !schedule(at: $0).isFinite }) {
        throw Finding("at step \(step) '\(name)' is \(schedule(at: step))")
      }
    }
    let (forth, back) = (try objective(), try objective())
    for (place, player) in forth.players.enumerated() {
      let first = steps.map { loss(forth, player, step: $0) }
      let second = steps.reversed().map { loss(back, back.players[place], step: $0) }
      for (step, (one, other)) in zip(steps, zip(first, second.reversed())) {
        guard same(one, other) else {
          throw Finding(
            "at step \(step) the total of '\(player.name)' is \(one.total.value.item) after the "
              + "steps before it, but \(other.total.value.item) after those behind it, or its terms "
              + "differ; does the loss read what changes with the step from the context?")
        }
      }
    }
  }

  func state() throws {
    let (used, fresh) = (try objective(), try objective())
    for round in 0..<3 {
      for player in used.players { _ = pass(used, player, step: round, seed: 70 + UInt64(round)) }
    }
    for (old, new) in zip(used.namedParameters, fresh.namedParameters) {
      new.parameter.value = old.parameter.value
    }
    for (place, player) in used.players.enumerated() {
      let (one, other) = (
        pass(used, player, step: 3), pass(fresh, fresh.players[place], step: 3)
      )
      let movedAlike = zip(used.namedParameters, fresh.namedParameters).allSatisfy {
        $0.parameter.value == $1.parameter.value
      }
      guard same(one, other), movedAlike else {
        throw Finding(
          "after three passes the loss of '\(player.name)' is \(one.total.value.item), but "
            + "\(other.total.value.item) of a fresh objective with the same parameters; what "
            + "training moves has to be a Parameter among the parts, so that it is saved")
      }
    }
  }

  private func same(_ one: Loss, _ other: Loss) -> Bool {
    one.total.value == other.total.value
      && one.terms.elementsEqual(other.terms) { $0.key == $1.key && $0.value == $1.value }
  }
}
