public import Layers
public import TensorCore

/// A batch of distributions: of codes, q(z | x) and p(z), or of observations, p(x | z).
///
/// Two distributions over values of one type can be compared, whatever they are.
public protocol Distribution<Value> {
  /// What one draw of the whole batch gives.
  associatedtype Value
  /// One value from each distribution; as a differentiable function of the parameters where there is one.
  func sample(_ context: inout Context) -> Value
  /// The mean of each, or what stands for it in pictures and codes, such as the most probable value.
  func mean(_ context: inout Context) -> Value
  /// The variance of each coordinate; nil where it is not known.
  func variance(_ context: inout Context) -> Value?
  /// log p of each value in nats, `[batch]`, normalizing constants included; nil where there is no density, or none
  /// that can be told of any value but one's own samples.
  func logProbability(of value: Value, _ context: inout Context) -> Variable?
  /// The same distributions with each parameter `[batch, ...]` through `f`, which repeats or picks rows, or cuts them off
  /// the tape.
  func mapParameters(_ f: (Variable) -> Variable) -> Self
  /// The named law that all of the batch are; nil for any other.
  var law: Law? { get }
  /// A sample, with what is known of it.
  ///
  /// States more than ``sample(_:)`` where log p of a distribution's own sample costs less than that of any value, or is
  /// all there is, or where a sample and its divergence from `law` come together.
  func draw(against law: Law?, _ context: inout Context) -> Draw<Value>
  /// KL(self ‖ other) where this distribution knows it in closed form.
  func divergence(from other: some Distribution<Value>) -> Divergence?
  /// Whether there is a density at all.
  static var hasDensity: Bool { get }
}

extension Distribution {
  /// Nil: not known.
  public func variance(_ context: inout Context) -> Value? { nil }

  /// Nil: no law with a name.
  public var law: Law? { nil }

  /// A sample of which nothing else is known.
  public func draw(against law: Law?, _ context: inout Context) -> Draw<Value> {
    Draw(sample(&context))
  }

  /// Nil: there is no closed form.
  public func divergence(from other: some Distribution<Value>) -> Divergence? { nil }

  /// True.
  public static var hasDensity: Bool { true }

  /// The same distributions, cut off from the tape.
  public var detached: Self { mapParameters(\.detached) }

  /// Each distribution of the batch `count` times, one after the other.
  public func repeated(_ count: Int) -> Self {
    count == 1 ? self : mapParameters { $0.repeatingRows(count) }
  }
}

/// A law by name, against which a posterior can be measured while it is sampled: a prior names it, a posterior knows it, and
/// neither knows the other.
public struct Law: Hashable, Sendable {
  /// What it is called.
  public let name: String

  /// A law of this name.
  public init(_ name: String) { self.name = name }

  /// N(0, I).
  public static let standardNormal = Law("standard normal")
}

/// One draw from a batch of distributions.
public struct Draw<Value> {
  /// The values.
  public let value: Value
  /// KL from the law that the draw was measured against, where that is known.
  public let divergence: Divergence?
  /// log p of the values by the distributions that they were drawn from, `[batch]`, on the tape of parameters and values; nil asks
  /// the distribution.
  public let logProbability: (() -> Variable)?

  /// A draw, with what is known of it.
  public init(
    _ value: Value, divergence: Divergence? = nil, logProbability: (() -> Variable)? = nil
  ) {
    self.value = value
    self.divergence = divergence
    self.logProbability = logProbability
  }
}

/// KL(q ‖ p) of each example, and how it divides.
public struct Divergence {
  /// In nats, `[batch]`.
  public let total: Variable
  /// The share of each coordinate, `[batch, count]`, worked out when asked for; nil where it is not divided.
  public let parts: () -> Variable?

  /// A divergence, divided when asked for.
  public init(total: Variable, parts: @escaping () -> Variable? = { nil }) {
    self.total = total
    self.parts = parts
  }

  /// The sum of the coordinates' shares `[batch, ...]`.
  public init(parts: Variable) {
    self.init(total: parts.sumPerExample()) { parts.flattenedPerExample() }
  }
}

/// Distributions whose coordinates are independent.
public protocol Factorized: Distribution where Value == Variable {
  /// log p of each coordinate in nats; parameters and value broadcast, so that all pairs of a batch can be compared.
  func logProbabilities(of value: Variable) -> Variable
}

extension Factorized {
  /// The sum over the coordinates: `[batch]`.
  public func logProbability(of value: Variable, _ context: inout Context) -> Variable? {
    logProbabilities(of: value).sumPerExample()
  }
}

extension Variable {
  /// Each row `count` times, one after the other.
  public func repeatingRows(_ count: Int) -> Variable {
    if count == 1 { return self }
    let (rows, rest) = (shape[0], shape.dimensions.dropFirst())
    return expanded(at: 1).broadcast(to: Shape([rows, count] + rest))
      .reshaped(to: [rows * count] + rest)
  }
}
