internal import Layers
internal import TensorCore
internal import VAECore

/// The passes of a run: one for each set of players that step together, one for each loss that is
/// validated, all in one arena; and the keys of their noise.
final class LossPasses<O: Objective> where O.Batch: CountedBatch {
  /// Of those whose losses are validated: the players that take turns.
  let validating: [LossPass<O>]
  /// Each batch has the key of its number, so that there is no position to keep: a family a player.
  let trainingKeys: [RandomKey]
  let validationKey: RandomKey
  private var training: [[Int]: LossPass<O>] = [:]
  private let objective: O
  private let players: [Player]
  private let precision: Precision
  private let exampleCount: Int
  private let arena = Arena()

  init(_ objective: O, _ players: [Player], _ options: TrainingOptions, exampleCount: Int) {
    self.objective = objective
    self.players = players
    self.exampleCount = exampleCount
    precision = options.precision.isFast ? options.precision : .float32
    let others = RandomKey(seed: options.seed, .players)
    trainingKeys = players.indices.map {
      $0 == 0 ? RandomKey(seed: options.seed, .training) : others.folded(with: UInt64($0))
    }
    validationKey = RandomKey(seed: options.seed, .validation)
    validating = players.filter { $0.measure == nil && $0.turn != .together }.map { [arena] in
      LossPass(
        objective, of: [$0], takesGradients: false, exampleCount: exampleCount, in: arena)
    }
  }

  /// The pass by which the players at these places step, in the loss of the first of them.
  func callAsFunction(of movers: [Int]) -> LossPass<O> {
    if let pass = training[movers] { return pass }
    let pass = LossPass(
      objective, of: movers.map { players[$0] }, exampleCount: exampleCount, precision: precision,
      in: arena)
    training[movers] = pass
    return pass
  }

  // MARK: - What the profiler asks

  /// Training passes so far that were not kernels alone.
  var writtenCount: Int { training.values.reduce(0) { $0 + $1.callCount - $1.replayCount } }

  /// Whether every pass costs what it will cost from now on.
  var areSteady: Bool {
    !training.isEmpty
      && training.values.allSatisfy { $0.isCaptured || $0.obstacle != nil || !$0.isCapturable }
  }

  /// Why some are not captured.
  var obstacle: String {
    if let obstacle = training.values.compactMap(\.obstacle).first { return obstacle }
    return training.values.allSatisfy(\.isCapturable)
      ? "too few batches of the same shape came before" : "batches are not made of tensors"
  }
}
