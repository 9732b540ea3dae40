internal import Layers
internal import TensorCore
internal import VAECore

extension ObjectiveExamination {
  /// On average over keys, the gradient of each player's total is the slope of the loss that the
  /// total stands for; of a total that stands for itself every single key tells that.
  func meanGradient(of stated: StatedLoss<O>) throws {
    if stated.isTotal { return }
    var isStated = false
    for place in try objective().players.indices {
      let slopes = try Slopes(self, place, stated)
      isStated = slopes.isStated || isStated
      try slopes.compare()
    }
    guard isStated else {
      throw Finding("the totals stand for a term that no player reports")
    }
  }
}

/// The gradient of a player's total beside the slope of the loss that it stands for, key by key.
///
/// Both see the same batch and the same noise, so that only what a surrogate does differently is
/// left to chance: where it does nothing, a few keys tell all.
private struct Slopes<O: Objective> {
  /// Many rows take the place of many keys, and make what a key gives nearly Gaussian.
  private let rowCount = 128
  private let keyCount = 64
  private let firstKeys = 4
  private let aheadCount = 16
  private let step = 1e-7
  private let examination: ObjectiveExamination<O>
  private let stated: StatedLoss<O>
  private let objective: O
  private let player: Player
  private let batch: O.Batch
  private let targets: [(name: String, parameter: Parameter)]
  private let keys: [RandomKey]

  init(_ examination: ObjectiveExamination<O>, _ place: Int, _ stated: StatedLoss<O>) throws {
    var key = RandomKey(seed: 63)
    self.examination = examination
    self.stated = stated
    objective = try examination.objective()
    batch = examination.batch(examination.draw(rowCount, &key).converted(to: .float64))
    objective.convert(to: .float64)
    objective.leaveKinks(using: &key)
    player = objective.players[place]
    let own = Set(player.parameters.map(ObjectIdentifier.init))
    targets = objective.namedParameters.filter {
      $0.parameter.isTrainable && own.contains(ObjectIdentifier($0.parameter))
    }
    keys = (0..<(keyCount + aheadCount)).map { _ in key.split() }
  }

  /// Whether the player reports the term that is stated, or none is.
  var isStated: Bool {
    term.map { term in loss(keys[0]).terms.contains { $0.key == term.name } } ?? true
  }

  private var term: (name: String, factor: Double)? {
    if case .term(let name, let factor) = stated.form { (name, factor) } else { nil }
  }

  /// A direction for each parameter: half a random one, which sees every element, and half the mean
  /// gradient of keys of its own, along which errors of its size stand out from the noise.
  private func directions() -> [Tensor] {
    var key = RandomKey(seed: 64)
    let ahead = keys.dropFirst(keyCount).map(gradients)
    return targets.indices.map { i in
      let random = key.normal(targets[i].parameter.shape, dtype: .float64)
      let mean = ahead.dropFirst().reduce(ahead[0][i]) { $0 + $1[i] }
      // Neither cancels the other.
      let sign = (random * mean).sum().item < 0 ? -1.0 : 1
      return unit(random) * sign + unit(mean)
    }
  }

  private func unit(_ direction: Tensor) -> Tensor {
    direction * (1 / max((direction * direction).sum().item.squareRoot(), 1e-300))
  }

  /// The gradient of the total at one key, with respect to each target.
  private func gradients(_ key: RandomKey) -> [Tensor] {
    let all = loss(key).total.gradient(withRespectTo: targets.map(\.parameter))
    return zip(targets, all).map { $1 ?? .zeros($0.parameter.shape, dtype: .float64) }
  }

  func compare() throws {
    let directions = directions()
    let rounding = 1e-14 / step * (1 + abs(statedLoss(keys[0])))
    var all = targets.map { _ in [(promised: Double, seen: Double)]() }
    for (count, key) in keys.prefix(keyCount).enumerated() {
      if count == firstKeys, all.allSatisfy({ $0.allSatisfy { agree($0, rounding) } }) { return }
      let gradients = gradients(key)
      for (i, direction) in directions.enumerated() {
        let parameter = targets[i].parameter
        let value = parameter.value
        func moved(by distance: Double) -> Double {
          parameter.value = value + direction * distance
          return statedLoss(key)
        }
        let seen = (moved(by: step) - moved(by: -step)) / (2 * step)
        parameter.value = value
        all[i].append(((gradients[i] * direction).sum().item, seen))
      }
    }
    for (name, pairs) in zip(targets.map(\.name), all) {
      let (promised, seen) = (average(pairs.map(\.promised)), average(pairs.map(\.seen)))
      let (gap, error) = average(pairs.map { $0.promised - $0.seen })
      guard abs(gap) > 5 * error, !agree((promised.mean, seen.mean), rounding) else { continue }
      throw Finding(
        "along a direction of '\(name)' the gradient of '\(player.name)' has the mean "
          + "\(promised.mean) ± \(promised.error) over \(keyCount) keys, but the loss that its total "
          + "stands for has the mean slope \(seen.mean) ± \(seen.error); they differ by \(gap) ± "
          + "\(error)")
    }
  }

  /// Whether two slopes are one but for the rounding of differences.
  private func agree(_ pair: (promised: Double, seen: Double), _ rounding: Double) -> Bool {
    abs(pair.promised - pair.seen)
      <= 1e-5 * max(abs(pair.promised), abs(pair.seen)) + rounding
  }

  /// A pass of the player's training, in which buffers stay as they are.
  private func context(_ key: RandomKey) -> Context {
    var context = Context.training(key)
    context.trained = Set(targets.map { ObjectIdentifier($0.parameter) })
    examination.enter(objective, player, step: 3, &context)
    return context
  }

  private func loss(_ key: RandomKey) -> Loss {
    var context = context(key)
    return objective.loss(on: batch, &context)
  }

  private func statedLoss(_ key: RandomKey) -> Double {
    var context = context(key)
    if case .function(let function) = stated.form {
      return function(objective, batch, &context).value.item
    }
    let loss = objective.loss(on: batch, &context)
    let value = loss.terms.first { $0.key == term?.name }?.value
    return value.map { average($0.doubles).mean * (term?.factor ?? 1) } ?? loss.total.value.item
  }
}
