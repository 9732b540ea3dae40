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
  /// Numbers that training changes.
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
  /// The average loss of the step's examples, in nats an example.
  public var loss: Double
  /// The norm of all gradients together, before clipping.
  public var gradientNorm: Double
  /// The size of the step.
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
  /// The loss by which epochs are compared: that of the validation data where there are any.
  public var monitoredLoss: Double { (validation ?? train).loss }

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
  /// The lowest monitored loss, in nats an example.
  public var bestLoss: Double?
  /// The epoch it belongs to, counted from 1.
  public var bestEpoch: Int?
  /// The file to resume from.
  public var checkpoint: String?
}
