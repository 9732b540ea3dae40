public import Layers

/// Who trains what, how and when: a model alone, or a model and a discriminator against each other.
///
/// Each player has an optimizer and a learning rate of its own, and steps by the gradients of its own
/// loss with respect to its own parameters alone. Parameters that no player lists stay as they are;
/// one that two players list is moved by either, each with a state of its own.
public struct Player {
  /// What passes, files and curves call it; not empty, without dots and commas.
  public var name: String
  /// What it trains; buffers among them, such as running means, are moved by its passes alone.
  public var parameters: [Parameter]
  /// How it steps; nil for the run's optimizer.
  public var optimizer: OptimizerOptions?
  /// When it steps.
  public var turn: Turn

  /// When a player steps.
  public enum Turn: Sendable, Hashable {
    /// In every n-th step of the run, after the players before it, on the same examples and by a
    /// pass of its own, which sees what those before it changed.
    case every(Int)
    /// In every step of the first player, by the same pass, on a loss of its own that the pass's loss names among its
    /// ``Loss/others``: what both need is worked out once, and all step from the same weights.
    case together
    /// Ahead of each step, on examples of its own: at most so many steps, and until the average loss
    /// of `checkEvery` steps is not below that of as many before.
    ///
    /// The first epoch in which the measure `whileRising` fell ends this; from then on the player
    /// steps with the first one, by the same pass.
    ///
    /// - Source: He, Spokoyny, Neubig and Berg-Kirkpatrick, "Lagging Inference Networks and
    ///   Posterior Collapse in Variational Autoencoders", arXiv:1901.05534, algorithm 1.
    case ahead(steps: Int, checkEvery: Int = 10, whileRising: String)
  }

  /// A player that trains everything in `modules`.
  public init(
    _ name: String, of modules: any Module..., optimizer: OptimizerOptions? = nil,
    turn: Turn = .every(1)
  ) {
    self.init(
      name, parameters: modules.flatMap { $0.namedParameters.map(\.parameter) },
      optimizer: optimizer, turn: turn)
  }

  /// A player that trains `parameters`.
  public init(
    _ name: String, parameters: [Parameter], optimizer: OptimizerOptions? = nil,
    turn: Turn = .every(1)
  ) {
    self.name = name
    self.parameters = parameters
    self.optimizer = optimizer
    self.turn = turn
  }

  /// The measure whose fall ends the player's phase ahead of the others; nil where it takes turns.
  public var measure: String? {
    if case .ahead(_, _, let measure) = turn { measure } else { nil }
  }
}

/// By what the best epoch is known: it decides which weights are kept, when training stops early and
/// when a plateau lowers the rate.
///
/// Terms and measures are those of the validation data, or of the training data where there are no
/// others.
public enum Monitored: Sendable, Hashable {
  /// The first player's loss, the lower the better.
  case loss
  /// A term of a loss or a measure of the run, the lower the better.
  case lowest(String)
  /// A term of a loss or a measure of the run, the higher the better.
  case highest(String)
  /// Nothing: the newest weights are kept, and nothing stops early, as where losses of rivals tell
  /// nothing.
  case newest
}
