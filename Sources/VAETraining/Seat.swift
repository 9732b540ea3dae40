internal import Layers
internal import TensorCore
internal import VAECore

/// A player at work: what it trains, and what it remembers.
struct Seat {
  /// The player, with its parameters in the objective's order and once each.
  let player: Player
  /// What it steps, and the names.
  let parameters: [Parameter]
  let names: [String]
  var optimizer: Optimizer
  var schedule: Schedule
  /// Sums over the passes of the epoch that are its own.
  var averages = RunningAverages()
  /// The loss of its last step.
  var lastLoss = 0.0
  /// Where it stands with what it does ahead of the others; nil for one that takes turns.
  var ahead: Ahead?

  /// What a checkpoint keeps of training ahead.
  struct Ahead: Equatable {
    /// Whether the phase goes on.
    var isUnderWay = true
    var lastMeasure: Double?
    /// The place in the stream of batches of its own.
    var epoch = 0
    var batch = 0
    /// Steps since the epoch began.
    var stepsInEpoch = 0
  }

  /// The seat of a player of an objective with these parameters.
  init(
    _ player: Player, among all: [(name: String, parameter: Parameter)],
    _ options: TrainingOptions, stepsPerEpoch: Int
  ) {
    let own = Set(player.parameters.map(ObjectIdentifier.init))
    let mine = all.filter { own.contains(ObjectIdentifier($0.parameter)) }
    var player = player
    player.parameters = mine.map(\.parameter)
    self.player = player
    let trained = mine.filter(\.parameter.isTrainable)
    parameters = trained.map(\.parameter)
    names = trained.map(\.name)
    let rule = player.optimizer ?? options.optimizer
    optimizer = Optimizer(rule, for: parameters)
    schedule = Schedule(
      options.schedule, rate: rule.learningRate, epochs: options.epochs,
      stepsPerEpoch: stepsPerEpoch)
    if player.measure != nil { ahead = Ahead() }
  }

  var isAhead: Bool { ahead?.isUnderWay == true }

  /// Whether it steps by a pass of its own in this step of the run.
  func leads(at step: Int) -> Bool {
    if case .every(let n) = player.turn { step.isMultiple(of: n) } else { false }
  }

  /// Whether it steps by the passes of the first player.
  var followsTheFirst: Bool { ahead?.isUnderWay == false || player.turn == .together }

  /// Takes a step; gives the sum of squares of the gradients, before they are scaled.
  mutating func step(
    _ gradients: [Tensor?], rate: Double, gradientScale: Double,
    following average: inout MovingAverage?
  ) -> Double {
    optimizer.step(
      parameters, gradients, rate: rate, gradientScale: gradientScale, following: &average)
  }

  /// Hears what an epoch was measured to be; a fall ends its phase.
  mutating func hear(_ summary: EpochSummary) throws(TrainingError) {
    ahead?.stepsInEpoch = 0
    guard isAhead, let measure = player.measure else { return }
    guard let value = (summary.validation ?? summary.train)[measure] else {
      throw .unmeasured(measure, by: player.name)
    }
    let goesOn = ahead?.lastMeasure.map { value >= $0 } ?? true
    ahead?.isUnderWay = goesOn
    ahead?.lastMeasure = value
  }
}
