internal import VAECore

/// How the learning rate changes as training goes on: names and formulas are PyTorch's.
public struct ScheduleOptions: Sendable, Equatable {
  /// The schedules there are.
  public enum Name: String, Sendable, Codable, CaseIterable {
    /// The same rate throughout.
    case constant
    /// Times ``ScheduleOptions/gamma`` every ``ScheduleOptions/stepSize`` periods.
    case step
    /// Times ``ScheduleOptions/gamma`` every period.
    case exponential
    /// Half a cosine from the optimizer's rate to ``ScheduleOptions/minimumRate``.
    ///
    /// - Source: Loshchilov and Hutter, arXiv:1608.03983, without restarts.
    case cosine
    /// Times ``ScheduleOptions/factor`` whenever the loss has not improved for a while.
    case plateau
  }

  /// What a schedule counts.
  public enum Period: String, Sendable, Codable, CaseIterable {
    /// Epochs: the rate stays the same within one.
    case epoch
    /// Optimizer steps.
    case step
  }

  /// Which schedule.
  public let name: Name
  /// What the schedule counts (step, exponential, cosine).
  public var per = Period.epoch
  /// Periods between two changes (step).
  public var stepSize = 30
  /// The factor of each change (step 0.1, exponential 0.95).
  public var gamma = 0.1
  /// Periods until the rate has fallen to its minimum; nil for the whole training (cosine).
  public var length: Int?
  /// The rate is not made smaller than this (cosine, plateau).
  public var minimumRate = 0.0
  /// The factor of each change (plateau).
  public var factor = 0.1
  /// Epochs without improvement before the rate changes (plateau).
  public var patience = 10
  /// The improvement that counts, as a fraction of the best loss (plateau).
  public var threshold = 1e-4
  /// Epochs after a change in which none is counted (plateau).
  public var cooldown = 0
  /// Optimizer steps over which the rate rises in a straight line to what the schedule says.
  public var warmUpSteps = 0
  /// The fraction of the rate that the warm-up begins with.
  public var warmUpStart = 1.0 / 3

  /// A schedule with its defaults.
  public init(_ name: Name = .constant) {
    self.name = name
    if name == .exponential { gamma = 0.95 }
  }

  /// The same rate throughout.
  public static var constant: Self { Self(.constant) }

  /// Times `gamma` every `size` epochs.
  public static func step(size: Int, gamma: Double = 0.1) -> Self {
    Self(.step) {
      $0.stepSize = size
      $0.gamma = gamma
    }
  }

  /// Times `gamma` every epoch.
  public static func exponential(gamma: Double) -> Self {
    Self(.exponential) { $0.gamma = gamma }
  }

  /// Half a cosine over the whole training, step by step.
  public static func cosine(minimumRate: Double = 0) -> Self {
    Self(.cosine) {
      $0.per = .step
      $0.minimumRate = minimumRate
    }
  }

  /// Times `factor` when the loss has not improved for more than `patience` epochs.
  public static func plateau(factor: Double = 0.1, patience: Int = 10) -> Self {
    Self(.plateau) {
      $0.factor = factor
      $0.patience = patience
    }
  }

  /// The same schedule with a warm-up in front: the rate rises from a fraction of itself over `steps` steps.
  public func warmingUp(steps: Int, from start: Double = 1.0 / 3) -> Self {
    var schedule = self
    schedule.warmUpSteps = steps
    schedule.warmUpStart = start
    return schedule
  }

  private init(_ name: Name, _ change: (inout Self) -> Void) {
    self.init(name)
    change(&self)
  }
}

// MARK: - Coding

extension ScheduleOptions: Codable {
  /// The keys, of which each schedule reads its own.
  public enum CodingKeys: String, CodingKey, CaseIterable {
    /// Which schedule.
    case name
    /// What the schedule counts.
    case per
    /// Periods between two changes.
    case stepSize = "step_size"
    /// The factor of each change.
    case gamma
    /// Periods until the minimum.
    case length
    /// The smallest rate.
    case minimumRate = "minimum_rate"
    /// The factor of each change on a plateau.
    case factor
    /// Epochs without improvement.
    case patience
    /// The improvement that counts.
    case threshold
    /// Epochs after a change that are not counted.
    case cooldown
    /// Steps of the warm-up.
    case warmUpSteps = "warm_up_steps"
    /// The fraction the warm-up begins with.
    case warmUpStart = "warm_up_start"
  }

  private static func keys(of name: Name) -> [CodingKeys] {
    let own: [CodingKeys] =
      switch name {
      case .constant: []
      case .step: [.per, .stepSize, .gamma]
      case .exponential: [.per, .gamma]
      case .cosine: [.per, .length, .minimumRate]
      case .plateau: [.factor, .patience, .threshold, .cooldown, .minimumRate]
      }
    return [.name] + own + [.warmUpSteps, .warmUpStart]
  }

  /// Reads what is there, with defaults for the rest.
  ///
  /// A key of another schedule is an error.
  public init(from decoder: any Swift.Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    self.init(try values.decodeIfPresent(Name.self, forKey: .name) ?? .constant)
    try values.rejectKeys(notIn: Self.keys(of: name), of: "the schedule \(name.rawValue)")
    try values.read(.per, into: &per)
    try values.read(.stepSize, into: &stepSize)
    try values.read(.gamma, into: &gamma)
    length = try values.decodeIfPresent(Int.self, forKey: .length)
    try values.read(.minimumRate, into: &minimumRate)
    try values.read(.factor, into: &factor)
    try values.read(.patience, into: &patience)
    try values.read(.threshold, into: &threshold)
    try values.read(.cooldown, into: &cooldown)
    try values.read(.warmUpSteps, into: &warmUpSteps)
    try values.read(.warmUpStart, into: &warmUpStart)
  }

  /// Writes the keys that belong to the schedule.
  public func encode(to encoder: any Swift.Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    for key in Self.keys(of: name) {
      switch key {
      case .name: try values.encode(name, forKey: key)
      case .per: try values.encode(per, forKey: key)
      case .stepSize: try values.encode(stepSize, forKey: key)
      case .gamma: try values.encode(gamma, forKey: key)
      case .length: try values.encodeIfPresent(length, forKey: key)
      case .minimumRate: try values.encode(minimumRate, forKey: key)
      case .factor: try values.encode(factor, forKey: key)
      case .patience: try values.encode(patience, forKey: key)
      case .threshold: try values.encode(threshold, forKey: key)
      case .cooldown: try values.encode(cooldown, forKey: key)
      case .warmUpSteps: try values.encode(warmUpSteps, forKey: key)
      case .warmUpStart: try values.encode(warmUpStart, forKey: key)
      }
    }
  }
}
