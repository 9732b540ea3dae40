internal import Layers
internal import TensorCore
internal import VAECore

/// Runs checks on objectives made afresh, from the same key every time.
struct ObjectiveExamination<O: Objective> {
  /// Rows of numbers that stand for a batch of observations.
  let draw: (_ count: Int, _ key: inout RandomKey) -> Tensor
  /// The batch that rows of numbers stand for.
  let batch: (Tensor) -> O.Batch
  let measures: [String]
  let make: (inout RandomKey) throws -> O

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
  func loss(
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
  func pass(
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
}
