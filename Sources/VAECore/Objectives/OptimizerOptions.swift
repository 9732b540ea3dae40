/// Which optimizer trains, and how: names and defaults are PyTorch's.
public struct OptimizerOptions: Sendable, Equatable {
  /// The optimizers there are.
  public enum Name: String, Sendable, Codable, CaseIterable {
    /// Kingma and Ba, arXiv:1412.6980.
    case adam
    /// Adam with decoupled weight decay: Loshchilov and Hutter, arXiv:1711.05101.
    case adamw
    /// Adam with the infinity norm: arXiv:1412.6980, section 7.1.
    case adamax
    /// Hinton, "Neural networks for machine learning", lecture 6e, 2012.
    case rmsprop
    /// Gradient descent, with momentum if asked for.
    case sgd
  }

  /// Which optimizer.
  public let name: Name
  /// The size of the step, before any schedule.
  public var learningRate: Double
  /// Decay of the gradient's running mean (Adam, AdamW, Adamax).
  public var beta1 = 0.9
  /// Decay of the squared gradient's running mean (Adam, AdamW), or of the largest gradient (Adamax).
  public var beta2 = 0.999
  /// Decay of the squared gradient's running mean (RMSprop).
  public var alpha = 0.99
  /// Keeps quotients finite (all but SGD).
  public var epsilon = 1e-8
  /// Pulls weights to zero: through the gradient, or directly with AdamW.
  public var weightDecay: Double
  /// How much of the last step goes into the next (RMSprop, SGD).
  public var momentum = 0.0
  /// How much of the gradient is kept out of the momentum (SGD).
  public var dampening = 0.0
  /// Whether momentum looks ahead (SGD).
  public var nesterov = false
  /// The size to which larger weights are cut after each step; nil lets them be.
  ///
  /// - Source: Arjovsky, Chintala and Bottou, "Wasserstein GAN", arXiv:1701.07875, algorithm 1.
  public var weightLimit: Double?

  /// An optimizer with its defaults.
  public init(_ name: Name) {
    self.name = name
    learningRate =
      switch name {
      case .adam, .adamw, .sgd: 1e-3
      case .adamax: 2e-3
      case .rmsprop: 1e-2
      }
    weightDecay = name == .adamw ? 1e-2 : 0
  }

  /// Adam.
  public static func adam(
    learningRate: Double = 1e-3, beta1: Double = 0.9, beta2: Double = 0.999
  ) -> Self {
    Self(.adam, learningRate: learningRate) { ($0.beta1, $0.beta2) = (beta1, beta2) }
  }

  /// Adam with decoupled weight decay.
  public static func adamw(learningRate: Double = 1e-3, weightDecay: Double = 1e-2) -> Self {
    Self(.adamw, learningRate: learningRate) { $0.weightDecay = weightDecay }
  }

  /// Adam with the infinity norm.
  public static func adamax(learningRate: Double = 2e-3) -> Self {
    Self(.adamax, learningRate: learningRate)
  }

  /// RMSprop.
  public static func rmsprop(learningRate: Double = 1e-2, momentum: Double = 0) -> Self {
    Self(.rmsprop, learningRate: learningRate) { $0.momentum = momentum }
  }

  /// Gradient descent.
  public static func sgd(
    learningRate: Double = 1e-3, momentum: Double = 0, nesterov: Bool = false
  ) -> Self {
    Self(.sgd, learningRate: learningRate) {
      $0.momentum = momentum
      $0.nesterov = nesterov
    }
  }

  private init(_ name: Name, learningRate: Double, _ change: (inout Self) -> Void = { _ in }) {
    self.init(name)
    self.learningRate = learningRate
    change(&self)
  }
}

// MARK: - Coding

extension OptimizerOptions: Codable {
  /// The keys, of which each optimizer reads its own.
  public enum CodingKeys: String, CodingKey, CaseIterable {
    /// Which optimizer.
    case name
    /// The size of the step.
    case learningRate = "learning_rate"
    /// Decay of the first moment.
    case beta1
    /// Decay of the second moment.
    case beta2
    /// Decay of the mean square.
    case alpha
    /// Keeps quotients finite.
    case epsilon
    /// Pulls weights to zero.
    case weightDecay = "weight_decay"
    /// How much of the last step is kept.
    case momentum
    /// How much of the gradient is kept out of the momentum.
    case dampening
    /// Whether momentum looks ahead.
    case nesterov
    /// The largest size of a weight.
    case weightLimit = "weight_limit"
  }

  private static func keys(of name: Name) -> [CodingKeys] {
    let own: [CodingKeys] =
      switch name {
      case .adam, .adamw, .adamax: [.beta1, .beta2, .epsilon]
      case .rmsprop: [.alpha, .epsilon, .momentum]
      case .sgd: [.momentum, .dampening, .nesterov]
      }
    return [.name, .learningRate] + own + [.weightDecay, .weightLimit]
  }

  /// Reads what is there, with the optimizer's defaults for the rest.
  ///
  /// A key of another optimizer is an error.
  public init(from decoder: any Swift.Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    self.init(try values.decodeIfPresent(Name.self, forKey: .name) ?? .adam)
    try values.rejectKeys(notIn: Self.keys(of: name), of: "the optimizer \(name.rawValue)")
    try values.read(.learningRate, into: &learningRate)
    try values.read(.beta1, into: &beta1)
    try values.read(.beta2, into: &beta2)
    try values.read(.alpha, into: &alpha)
    try values.read(.epsilon, into: &epsilon)
    try values.read(.weightDecay, into: &weightDecay)
    try values.read(.momentum, into: &momentum)
    try values.read(.dampening, into: &dampening)
    try values.read(.nesterov, into: &nesterov)
    weightLimit = try values.decodeIfPresent(Double.self, forKey: .weightLimit)
  }

  /// Writes the keys that belong to the optimizer.
  public func encode(to encoder: any Swift.Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    for key in Self.keys(of: name) {
      switch key {
      case .name: try values.encode(name, forKey: key)
      case .learningRate: try values.encode(learningRate, forKey: key)
      case .beta1: try values.encode(beta1, forKey: key)
      case .beta2: try values.encode(beta2, forKey: key)
      case .alpha: try values.encode(alpha, forKey: key)
      case .epsilon: try values.encode(epsilon, forKey: key)
      case .weightDecay: try values.encode(weightDecay, forKey: key)
      case .momentum: try values.encode(momentum, forKey: key)
      case .dampening: try values.encode(dampening, forKey: key)
      case .nesterov: try values.encode(nesterov, forKey: key)
      case .weightLimit: try values.encodeIfPresent(weightLimit, forKey: key)
      }
    }
  }
}

extension KeyedDecodingContainer {
  /// Replaces a default by the value under `key`, where there is one.
  package func read<T: Decodable>(_ key: Key, into value: inout T) throws {
    if let found = try decodeIfPresent(T.self, forKey: key) { value = found }
  }

  /// Throws where a key stands that `owner` does not read.
  package func rejectKeys(notIn known: [Key], of owner: String) throws {
    let names = known.map(\.stringValue)
    for key in allKeys where !names.contains(key.stringValue) {
      throw DecodingError.dataCorruptedError(
        forKey: key, in: self,
        debugDescription: "\(owner) has no \(key.stringValue); it reads "
          + names.joined(separator: ", "))
    }
  }
}
