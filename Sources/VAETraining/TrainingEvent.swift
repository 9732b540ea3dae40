public import VAECore

/// What happens while a model trains.
public enum TrainingEvent: Sendable {
  /// The first step is about to be taken, or the first one after a resumption.
  case started(TrainingPlan)
  /// A step was taken.
  case step(StepReport)
  /// An epoch ended; until the next event the model holds the weights that were validated.
  case epochEnded(EpochSummary)
  /// The whole state was written to this file.
  case checkpointed(path: String)
  /// The steps that were to be profiled were taken, and the profile was written where the run has a folder.
  case profiled(ProfileReport)
  /// Something a person should know; training goes on.
  case warning(String)
  /// Training is over.
  case finished(TrainingSummary)
}

/// What a run is about to do.
public struct TrainingPlan: Sendable, Equatable {
  /// Epochs in all.
  public var epochs: Int
  /// Optimizer steps in an epoch.
  public var stepsPerEpoch: Int
  /// Examples in an epoch.
  public var exampleCount: Int
  /// Numbers that the players change.
  public var parameterCount: Int
  /// Steps that an interrupted run took already.
  public var stepsTaken: Int
}

/// One optimizer step.
public struct StepReport: Sendable, Equatable {
  /// The epoch, counted from 1.
  public var epoch: Int
  /// Optimizer steps taken since training began.
  public var step: Int
  /// Optimizer steps taken in this epoch.
  public var stepInEpoch: Int
  /// The first player's average loss on the examples of its last step, in nats an example.
  public var loss: Double
  /// The norm of all gradients of the step together, before clipping.
  public var gradientNorm: Double
  /// The size of the first player's step.
  public var learningRate: Double
  /// How many examples the step saw.
  public var exampleCount: Int
}

/// One epoch.
public struct EpochSummary: Sendable, Equatable {
  /// Averages over the training data.
  public var train: EpochMetrics
  /// Averages over the validation data, where there are any.
  public var validation: EpochMetrics?
  /// Whether no epoch before was better.
  public var isBest: Bool

  /// The epoch, counted from 1.
  public var epoch: Int { train.epoch }
  /// The first player's loss, on the validation data where there are any.
  public var monitoredLoss: Double { (validation ?? train).loss }

  /// What the best epoch is known by, turned so that the lower is the better.
  func value(of monitored: Monitored) throws(TrainingError) -> Double {
    let metrics = validation ?? train
    switch monitored {
    case .loss, .newest: return metrics.loss
    case .lowest(let name), .highest(let name):
      guard let value = metrics[name] else {
        throw .unmonitored(name, among: metrics.terms.map(\.name))
      }
      return monitored.shown(value)
    }
  }

  /// Puts terms where the monitored loss stands.
  mutating func add(_ terms: [EpochMetrics.Term]) {
    if validation == nil { train.terms += terms } else { validation?.terms += terms }
  }
}

/// A whole run.
public struct TrainingSummary: Sendable, Equatable {
  /// Why a run ended.
  public enum Ending: String, Sendable {
    /// Every epoch was trained.
    case completed
    /// The loss did not improve any more.
    case stoppedEarly
    /// Somebody asked it to stop; it can be resumed.
    case stopped
  }

  /// Why it ended.
  public var ending: Ending
  /// Whole epochs trained.
  public var epochs: Int
  /// Optimizer steps taken.
  public var steps: Int
  /// The last whole epoch of this call.
  public var last: EpochSummary?
  /// By what the best epoch is known.
  public var monitored = Monitored.loss
  /// What was monitored in the best epoch, in nats an example where its name says nothing else; nil
  /// where epochs are not compared.
  public var bestValue: Double?
  /// The epoch it belongs to, counted from 1.
  public var bestEpoch: Int?
  /// The file to resume from.
  public var checkpoint: String?
}

extension Monitored {
  /// What it is called.
  var name: String {
    switch self {
    case .loss, .newest: "loss"
    case .lowest(let name), .highest(let name): name
    }
  }

  /// What is compared, as it was reported, or the other way round.
  func shown(_ value: Double) -> Double {
    if case .highest = self { -value } else { value }
  }
}
