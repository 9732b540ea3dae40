internal import SystemFiles

/// Averages over the examples of one epoch, of one part of the data.
public struct EpochMetrics: Sendable, Equatable {
  /// Which part of the data.
  public enum Split: String, Sendable, CaseIterable {
    /// What the weights are fitted to; each batch is seen with the weights of its step.
    case train
    /// What is kept aside, seen with the weights of the epoch's end.
    case validation
    /// What is looked at when all is done.
    case test
  }

  /// A reported value, such as "kl".
  public struct Term: Sendable, Equatable {
    /// The name the objective gives it.
    public var name: String
    /// The average over the examples, in nats an example where its name says nothing else.
    public var value: Double

    /// A value with its name.
    public init(name: String, value: Double) {
      self.name = name
      self.value = value
    }
  }

  /// The epoch, counted from 1.
  public var epoch: Int
  /// Optimizer steps taken until the end of the epoch.
  public var step: Int
  /// Which part of the data.
  public var split: Split
  /// What is minimized, in nats an example.
  public var loss: Double
  /// What else the objective reports, in its order.
  public var terms: [Term]
  /// How many examples the averages are over.
  public var exampleCount: Int
  /// How long it took.
  public var seconds: Double
  /// The learning rate of the last step; nil where nothing was trained.
  public var learningRate: Double?

  /// Averages with everything that belongs to them.
  public init(
    epoch: Int, step: Int, split: Split, loss: Double, terms: [Term], exampleCount: Int,
    seconds: Double, learningRate: Double? = nil
  ) {
    self.epoch = epoch
    self.step = step
    self.split = split
    self.loss = loss
    self.terms = terms
    self.exampleCount = exampleCount
    self.seconds = seconds
    self.learningRate = learningRate
  }

  /// The average of a term; nil where the objective does not report it.
  public subscript(name: String) -> Double? { terms.first { $0.name == name }?.value }

  /// Examples seen in a second.
  public var examplesPerSecond: Double { Double(exampleCount) / max(seconds, 1e-9) }

  /// The line of `metrics.jsonl`, without its end.
  public var json: String {
    var members = [
      "\"epoch\":\(epoch)", "\"step\":\(step)", "\"split\":\"\(split.rawValue)\"",
      "\"loss\":\(JSONValue.text(loss))",
    ]
    members += terms.map { "\(quotedJSON($0.name)):\(JSONValue.text($0.value))" }
    members += [
      "\"seconds\":\(JSONValue.text(seconds))",
      "\"examples_per_second\":\(JSONValue.text(examplesPerSecond))",
    ]
    if let learningRate { members.append("\"learning_rate\":\(JSONValue.text(learningRate))") }
    return "{\(members.joined(separator: ","))}"
  }
}
