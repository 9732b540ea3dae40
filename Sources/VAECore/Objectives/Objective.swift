public import Layers
public import TensorCore

/// What is minimized: a model together with the loss it is trained by, or the losses of several
/// players.
///
/// The trainer asks nothing else, so that a VAE, a classifier and whatever comes next share it. The
/// part named "model" is what a file of weights holds; parts beside it, such as a discriminator,
/// only serve training. Numbers that change with the step are parts too: ``Layers/Scheduled``.
public protocol Objective<Batch>: Module {
  /// What one training step sees.
  associatedtype Batch
  /// The loss on a batch, of the player that `context.player` names.
  func loss(on batch: Batch, _ context: inout Context) -> Loss
  /// Who trains, in the order of their steps; the first one's loss is the run's.
  var players: [Player] { get }
  /// By what the best epoch is known.
  ///
  /// Epochs that end before everything that changes with the step is settled are not compared: the
  /// newest weights are kept as the best, and nothing stops early.
  var monitored: Monitored { get }
  /// Throws where the model gives a batch no meaning; training asks once about every batch.
  func validate(_ batch: Batch) throws(ObservationError)
}

extension Objective {
  /// One, which trains everything.
  public var players: [Player] { [Player("model", of: self)] }

  /// The first player's loss.
  public var monitored: Monitored { .loss }

  /// Accepts every batch.
  public func validate(_ batch: Batch) throws(ObservationError) {}
}

/// The quantity to minimize and the named terms that are reported.
public struct Loss {
  /// A scalar, averaged over the batch; its gradient trains the player of the pass.
  public var total: Variable
  /// The losses of those who step with the first player by the same pass, by their names: scalars, whose gradients train their own
  /// parameters alone.
  public var others: [String: Variable] = [:]
  /// Reported values by name, such as "reconstruction" and "kl": `[batch]` each, in nats an
  /// example, in the order they are shown; no two players report the same name.
  public var terms: [(key: String, value: Tensor)]

  /// A loss with its reported terms.
  public init(total: Variable, terms: KeyValuePairs<String, Tensor>) {
    self.total = total
    self.terms = Array(terms)
  }

  /// The loss of a pass's player: this one, or of who steps together with the first and is asked alone, what it says of that one.
  public func asked(by player: String?) -> Loss {
    guard let player, let own = others[player] else { return self }
    return Loss(total: own, terms: [:])
  }

  /// Adds what parts charged in the pass to the total and the terms, and what they reported to the
  /// terms; the context holds neither afterwards.
  ///
  /// Of several with one name, such as two codebooks' commitments, the second is called
  /// "commitment_2".
  public mutating func collect(from context: inout Context) {
    for (name, charge) in context.charges {
      total = total + charge.mean()
      report(name, charge.value)
    }
    for (name, value) in context.reports { report(name, value) }
    context.charges = []
    context.reports = []
  }

  /// Adds a term; the second of a name is numbered.
  mutating func report(_ name: String, _ value: Tensor) {
    var (own, count) = (name, 1)
    while terms.contains(where: { $0.key == own }) {
      count += 1
      own = "\(name)_\(count)"
    }
    terms.append((own, value))
  }
}
