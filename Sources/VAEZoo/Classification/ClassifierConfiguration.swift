/// Everything that decides a classifier beside its model and its data.
///
/// Written as YAML it is a classifier folder's `classifier.yaml`.
public struct ClassifierConfiguration: Codable, Sendable, Equatable {
  /// What the head reads, and what is trained with it.
  public enum Mode: String, Codable, Sendable, CaseIterable {
    /// Codes, of an encoder that stays as it is.
    case frozen
    /// Codes, of an encoder that is trained with the head.
    case finetune
    /// Codes, of a model that is trained by its own objective and the head's together.
    case joint
    /// The decoder's output for the codes, of a model that stays as it is.
    case decoder
  }

  /// The run folder whose model the classifier began with.
  public var run = ""
  /// What the head reads, and what is trained with it.
  public var mode = Mode.frozen
  /// The width of each hidden layer of the head; none make it linear.
  public var hidden: [Int] = []
  /// How much a nat of cross-entropy counts beside the model's own loss, in joint training.
  public var weight = 1.0
  /// How many labelled examples are learned from; null takes all.
  public var labels: Int?
  /// The names of the classes, by label.
  public var classes: [String] = []
  /// How it is trained.
  public var trainer = TrainingOptions()

  /// A linear head on the codes of a frozen encoder.
  public init() {}

  /// Sets the training up for so many labelled examples.
  ///
  /// Without a count of `epochs` there are at least 20 and at least 1,000 steps, so that few
  /// examples are learned as thoroughly as many. Without a `weightDecay` it is 1 / `examples`: the
  /// penalty of scikit-learn's logistic regression, whose C is 1.
  public mutating func schedule(
    for examples: Int, epochs: Int? = nil, learningRate: Double? = nil, weightDecay: Double? = nil
  ) {
    let batches = (examples + trainer.batchSize - 1) / trainer.batchSize
    trainer.epochs = epochs ?? max(20, (1000 + batches - 1) / batches)
    let isWhole = mode == .finetune || mode == .joint
    trainer.optimizer = .adam(learningRate: learningRate ?? (isWhole ? 1e-3 : 5e-3))
    trainer.optimizer.weightDecay = weightDecay ?? 1 / Double(examples)
    trainer.schedule = .cosine()
  }
}
