internal import Layers
internal import TensorCore
internal import VAECore

/// An objective at work on batches, for those who step by one pass: the numbers of its loss, and
/// gradients.
///
/// Batches of one shape are captured: their steps then cost their kernels and nothing else, and the
/// numbers are the same to the last bit. The step and what changes with it are inputs.
final class LossPass<O: Objective> where O.Batch: CountedBatch {
  private let objective: O
  /// Whose losses they are, the pass's own first.
  private let players: [String]
  /// Those who step by a loss of their own beside the first one's.
  private let together: [String]
  /// What gradients are taken of, in the objective's order, and the names.
  private let targets: [Parameter]
  let names: [String]
  /// Where each player's parameters stand among them.
  let places: [[Int]]
  private let trained: Set<ObjectIdentifier>
  private let schedules: [Scheduled]
  private let exampleCount: Int?
  private let precision: Precision
  private let capture: Capture
  /// Calls so far.
  private(set) var callCount = 0
  /// Whether the last batch was one whose step can be captured.
  private(set) var isCapturable = true
  /// Whether the last call was kernels and nothing else.
  private(set) var isCaptured = false

  /// Passes that share the arena of another run after it, never during it.
  ///
  /// The loss is the first player's; gradients are those of what all of them train. Products read
  /// weights and what meets them in the given precision.
  init(
    _ objective: O, of players: [Player], takesGradients: Bool = true, exampleCount: Int? = nil,
    precision: Precision = .float32, in arena: Arena
  ) {
    self.objective = objective
    self.players = players.map(\.name)
    together = players.filter { $0.turn == .together }.map(\.name)
    self.exampleCount = exampleCount
    self.precision = precision
    let trained = Set(players.flatMap(\.parameters).map(ObjectIdentifier.init))
    self.trained = trained
    let named = objective.namedParameters.filter {
      takesGradients && $0.parameter.isTrainable
        && trained.contains(ObjectIdentifier($0.parameter))
    }
    targets = named.map(\.parameter)
    names = named.map(\.name)
    places = players.map { player in
      let own = Set(player.parameters.map(ObjectIdentifier.init))
      return named.indices.filter { own.contains(ObjectIdentifier(named[$0].parameter)) }
    }
    schedules = objective.namedSchedules.map(\.schedule)
    // Vectors, such as biases, take part in no product.
    if precision == .bfloat16 {
      for target in targets where target.shape.rank > 1 { target.keepRounded() }
    }
    capture = Capture(objective.namedParameters.map(\.parameter), sharing: arena)
  }

  /// Why steps are not captured, if that was found out.
  var obstacle: String? { capture.obstacle }
  /// Calls so far that were kernels and nothing else.
  var replayCount: Int { capture.replayCount }

  /// The loss on a batch; the gradients stand until the next pass.
  ///
  /// What changes with the step is as it is at `step` where the pass trains, and as it ends
  /// elsewhere.
  func callAsFunction(
    _ batch: O.Batch, step: Int, _ context: Context
  ) -> (loss: BatchLoss, gradients: ArraySlice<Tensor?>) {
    callCount += 1
    let captured = batch.captured
    isCapturable = captured != nil
    var context = context
    context.player = players[0]
    context.trained = trained
    context.exampleCount = exampleCount
    context.precision = precision
    let number = Tensor(Double(step), dtype: .float64)
    context.stepNumber = number
    var inputs = [number]
    for schedule in context.isTraining ? schedules : [] {
      let now = Tensor(schedule(at: step), dtype: .float64)
      context.scheduledNumbers[ObjectIdentifier(schedule)] = now
      inputs.append(now)
    }
    let before = replayCount
    let given =
      captured.map { captured in
        capture.named(captured.signature, inputs: captured.tensors + inputs, key: context.key) {
          run(batch, context)
        }
      } ?? run(batch, context)
    isCaptured = replayCount > before
    let (numbers, termsEnd) = (given.tensors, 1 + given.names.count)
    let loss = BatchLoss(
      total: numbers[0]?.total ?? 0, names: given.names, terms: numbers[1..<termsEnd],
      count: batch.count)
    return (loss, numbers[termsEnd...])
  }

  /// The loss, its terms and the gradients, one after the other, with the names of the terms.
  private func run(
    _ batch: O.Batch, _ context: Context
  ) -> (tensors: [Tensor?], names: [String]) {
    var context = context
    let loss = objective.loss(on: batch, &context)
    for term in loss.terms {
      precondition(
        !term.key.isEmpty && !term.key.contains(","),
        "a term cannot be called '\(term.key)'; checkpoints need a name without commas")
    }
    return (
      [loss.total.value] + loss.terms.map { $0.value } + gradients(of: loss),
      loss.terms.map(\.key)
    )
  }

  /// Of each target by the loss of who trains it.
  private func gradients(of loss: Loss) -> [Tensor?] {
    if targets.isEmpty { return [] }
    for name in together {
      precondition(
        loss.others[name] != nil,
        "'\(name)' steps together with '\(players[0])', whose loss names none for it among its others"
      )
    }
    if loss.others.isEmpty { return loss.total.gradient(withRespectTo: targets) }
    var all = [Tensor?](repeating: nil, count: targets.count)
    for (name, own) in zip(players, places) {
      let total = loss.others[name] ?? loss.total
      for (place, slope) in zip(own, total.gradient(withRespectTo: own.map { targets[$0] })) {
        all[place] = slope
      }
    }
    return all
  }
}
