public import TensorCore
public import VAECore

/// How a model is trained, apart from the data and the objective.
public struct TrainingOptions: Sendable, Equatable {
  /// Passes over the data.
  public var epochs = 10
  /// Examples in a batch, for whoever makes the data source.
  public var batchSize = 128
  /// Where every random number of the training comes from.
  public var seed: UInt64 = 1
  /// The share of the data kept for validation where there is no set of its own, for whoever makes the sources.
  public var validationFraction = 0.1
  /// Which optimizer, and its learning rate: of every player that has none of its own.
  public var optimizer = OptimizerOptions.adam()
  /// How the learning rate changes.
  public var schedule = ScheduleOptions.constant
  /// The largest norm that the gradients of one pass together may have; nil lets them be.
  public var clipNorm: Double?
  /// How much of the weights' moving average is kept at each step; nil keeps none.
  ///
  /// With an average, it is what is validated, saved and left in the model at the end.
  public var emaDecay: Double?
  /// When to stop before the last epoch; nil never does.
  public var earlyStopping: EarlyStoppingOptions?
  /// Batches whose gradients make one step, as if they were one batch.
  public var accumulate = 1
  /// How products read their operands; a processor without units for bfloat16 trains in float32, and a warning says so.
  public var precision = Precision.float32
  /// Steps between two checkpoints; nil for one at the end of each epoch.
  public var checkpointEvery: Int?

  /// The defaults.
  public init() {}

  /// The defaults, with what is most often changed.
  public init(
    epochs: Int, batchSize: Int = 128, seed: UInt64 = 1, optimizer: OptimizerOptions = .adam(),
    schedule: ScheduleOptions = .constant
  ) {
    self.epochs = epochs
    self.batchSize = batchSize
    self.seed = seed
    self.optimizer = optimizer
    self.schedule = schedule
  }
}

/// When to stop before the last epoch.
public struct EarlyStoppingOptions: Sendable, Equatable {
  /// Epochs without improvement after which training stops.
  public var patience = 10
  /// How much better than the best, in nats or the unit of what is monitored, counts as an
  /// improvement.
  public var minimumImprovement = 0.0

  /// Stops after `patience` epochs without improvement.
  public init(patience: Int = 10, minimumImprovement: Double = 0) {
    self.patience = patience
    self.minimumImprovement = minimumImprovement
  }
}

// MARK: - Coding

extension TrainingOptions: Codable {
  /// The keys of a configuration.
  public enum CodingKeys: String, CodingKey, CaseIterable {
    /// Passes over the data.
    case epochs
    /// Examples in a batch.
    case batchSize = "batch_size"
    /// Where random numbers come from.
    case seed
    /// The share kept for validation.
    case validationFraction = "validation_fraction"
    /// Which optimizer.
    case optimizer
    /// How the learning rate changes.
    case schedule
    /// The largest norm of the gradients.
    case clipNorm = "clip_norm"
    /// How much of the moving average is kept.
    case emaDecay = "ema_decay"
    /// When to stop early.
    case earlyStopping = "early_stopping"
    /// Batches that make one step.
    case accumulate
    /// How products read their operands.
    case precision
    /// Steps between two checkpoints.
    case checkpointEvery = "checkpoint_every"
  }

  /// Reads what is there; the rest has its default.
  public init(from decoder: any Swift.Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    self.init()
    try values.read(.epochs, into: &epochs)
    try values.read(.batchSize, into: &batchSize)
    try values.read(.seed, into: &seed)
    try values.read(.validationFraction, into: &validationFraction)
    try values.read(.optimizer, into: &optimizer)
    try values.read(.schedule, into: &schedule)
    clipNorm = try values.decodeIfPresent(Double.self, forKey: .clipNorm)
    emaDecay = try values.decodeIfPresent(Double.self, forKey: .emaDecay)
    earlyStopping = try values.decodeIfPresent(EarlyStoppingOptions.self, forKey: .earlyStopping)
    try values.read(.accumulate, into: &accumulate)
    try values.read(.precision, into: &precision)
    checkpointEvery = try values.decodeIfPresent(Int.self, forKey: .checkpointEvery)
  }
}

extension EarlyStoppingOptions: Codable {
  /// The keys of a configuration.
  public enum CodingKeys: String, CodingKey, CaseIterable {
    /// Epochs without improvement.
    case patience
    /// The improvement that counts.
    case minimumImprovement = "minimum_improvement"
  }

  /// Reads what is there; the rest has its default.
  public init(from decoder: any Swift.Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    self.init()
    try values.read(.patience, into: &patience)
    try values.read(.minimumImprovement, into: &minimumImprovement)
  }
}
