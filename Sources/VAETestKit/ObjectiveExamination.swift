internal import Layers
internal import TensorCore
internal import VAECore

/// Runs checks on objectives made afresh, from the same key every time.
struct ObjectiveExamination<O: Objective> {
  /// Rows of numbers that stand for a batch of observations.
  let draw: (_ count: Int, _ key: inout RandomKey) -> Tensor
  /// The batch that rows of numbers stand for.
  let batch: (Tensor) -> O.Batch
  private let measures: [String]
  private let make: (inout RandomKey) throws -> O

  /// An examination over observations that rows of numbers stand for.
  init<Observations>(
    draw: @escaping (_ count: Int, _ key: inout RandomKey) -> Tensor,
    observations: @escaping (Tensor) -> Observations, labels: ((_ count: Int) -> Tensor)?,
    measures: [String], make: @escaping (inout RandomKey) throws -> O
  ) where O.Batch == Batch<Observations> {
    self.draw = draw
    self.measures = measures
    self.make = make
    batch = { x in
      let count = x.shape[0]
      return Batch(observations: observations(x), labels: labels?(count), count: count)
    }
  }

  func objective() throws -> O {
    var key = RandomKey(seed: 61)
    let objective = try make(&key)
    guard !objective.players.isEmpty else { throw Finding("the objective has no players") }
    return objective
  }

  /// What a player's training step enters; what the pass is not to train it leaves so.
  func enter(_ objective: O, _ player: Player, step: Int, _ context: inout Context) {
    context.player = player.name
    let own = Set(player.parameters.map(ObjectIdentifier.init))
    context.trained = context.trained?.intersection(own) ?? own
    context.exampleCount = 1000
    context.enter(step: step, of: objective)
  }

  /// A player's loss on a batch at a step, the first player's where none is named; what the pass
  /// moves is put back.
  private func loss(
    _ objective: O, _ player: Player? = nil, count: Int = 3, step: Int = 0,
    _ change: (inout Context) -> Void = { _ in }
  ) -> Loss {
    let before = objective.namedParameters.map(\.parameter.value)
    defer {
      for (named, value) in zip(objective.namedParameters, before) { named.parameter.value = value }
    }
    return pass(objective, player ?? objective.players[0], count: count, step: step, change)
  }

  /// A pass of a player's training.
  private func pass(
    _ objective: O, _ player: Player, count: Int = 3, step: Int = 0, seed: UInt64 = 62,
    _ change: (inout Context) -> Void = { _ in }
  ) -> Loss {
    var key = RandomKey(seed: seed)
    let x = draw(count, &key)
    var context = Context.training(key)
    enter(objective, player, step: step, &context)
    change(&context)
    return objective.loss(on: batch(x), &context)
  }

  // MARK: - The loss

  func ofEachPlayer(_ check: (Examination) throws -> Void) throws {
    for place in try objective().players.indices {
      try check(
        Examination { key in
          let objective = try make(&key)
          let player = objective.players[place]
          return Subject(
            module: objective, resultShape: [], inputs: draw, extremes: { _, _ in [] },
            inputIsConnected: false, trained: player.parameters
          ) { x, context in
            enter(objective, player, step: 3, &context)
            return objective.loss(on: batch(x.value), &context).total
          }
        })
    }
  }

  func shapes(counts: [Int]) throws {
    let objective = try objective()
    for player in objective.players {
      for count in counts {
        let loss = loss(objective, player, count: count)
        guard loss.total.value.count == 1 else {
          throw Finding("the total of a batch of \(count) has the shape \(loss.total.shape)")
        }
        guard loss.total.value.isFinite else { throw Finding("the total is NaN or infinite") }
        for (name, term) in loss.terms where term.shape != [count] {
          throw Finding("the term '\(name)' of a batch of \(count) has the shape \(term.shape)")
        }
      }
    }
  }

  func terms(weight: ((_ step: Int) -> Double)?) throws {
    for step in [0, 1, 7, 1_000_000] {
      let loss = loss(try objective(), step: step)
      func term(_ name: String) throws -> [Double] {
        guard let term = loss.terms.first(where: { $0.key == name }) else {
          throw Finding("there is no term '\(name)'")
        }
        return term.value.doubles
      }
      let (reconstruction, kl) = (try term("reconstruction"), try term("kl"))
      for (i, elbo) in try term("elbo").enumerated() {
        let expected = -(reconstruction[i] + kl[i])
        guard abs(elbo - expected) <= 1e-4 * (1 + abs(expected)) else {
          throw Finding("elbo is \(elbo), but -(reconstruction + kl) is \(expected)")
        }
      }
      guard let weight = weight?(step) else { continue }
      let expected = average(zip(reconstruction, kl).map { $0 + weight * $1 }).mean
      let total = loss.total.value.item
      guard abs(total - expected) <= 1e-4 * (1 + abs(expected)) else {
        throw Finding(
          "at step \(step) the total is \(total), but reconstruction + \(weight) kl has the mean "
            + "\(expected)")
      }
    }
  }

  // MARK: - Steps

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

  private func same(_ one: Loss, _ other: Loss) -> Bool {
    one.total.value == other.total.value
      && one.terms.elementsEqual(other.terms) { $0.key == $1.key && $0.value == $1.value }
  }

  // MARK: - Players

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
      for (name, _) in loss.terms where player.measure == nil {
        if let other = owners.updateValue(player.name, forKey: name) {
          throw Finding("'\(other)' and '\(player.name)' both report '\(name)'")
        }
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
}
