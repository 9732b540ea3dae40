public import Layers
public import TensorCore

/// What an objective adds to the cost of telling observations from codes: the dependence of coordinates, the distance of all codes
/// from the prior, the judgement of a rival, the distance of two pictures.
///
/// An objective that takes penalties takes any of them, together. A penalty asks of a walk through a model for what it needs, and
/// says beforehand whether a model has that.
public protocol Penalty: Module {
  /// What its parameters and its term are called, such as "total_correlation"; no two penalties of an objective have one name.
  var name: String { get }
  /// What it adds to the loss of a walk.
  func charge<Model: LatentModel>(for walk: Walk<Model>, _ context: inout Context) -> Charge
  /// Throws where it cannot be asked about a model.
  func check(_ model: some LatentModel) throws(CompositionError)
  /// Whether it compares what a model makes with what was observed, so that a model can be trained by it alone.
  var isDistance: Bool { get }
  /// Who trains against the model for it, such as a discriminator, by the model's own pass; none unless it states them.
  var rivals: [Player] { get }
}

extension Penalty {
  /// Accepts every model.
  public func check(_ model: some LatentModel) throws(CompositionError) {}
  /// False.
  public var isDistance: Bool { false }
  /// None.
  public var rivals: [Player] { [] }
}

/// What a penalty adds to a loss.
public struct Charge {
  /// A scalar, weighted, averaged over the batch.
  public var total: Variable
  /// What is reported, unweighted: `[batch]` each.
  public var reports: [(key: String, value: Tensor)]
  /// The losses of the rivals by their names: scalars, whose gradients train them alone.
  public var ofRivals: [String: Variable] = [:]

  /// A weighted scalar, and what is reported of it.
  public init(total: Variable, reports: [(key: String, value: Tensor)]) {
    self.total = total
    self.reports = reports
  }

  /// What each example costs, `[batch]`, by a weight.
  public init(_ name: String, perExample value: Variable, weight: Double) {
    self.init(total: value.mean() * weight, reports: [(name, value.value)])
  }

  /// What a batch of `count` examples costs, a scalar, by a weight.
  public init(_ name: String, ofBatch value: Variable, count: Int, weight: Double) {
    self.init(
      total: value * weight,
      reports: [(name, value.detached.reshaped(to: [1]).broadcast(to: [count]).value)])
  }

  /// Adds what a rival's errors cost, `[batch]`, which is reported under its name.
  public mutating func add(rival name: String, perExample cost: Variable) {
    ofRivals[name] = cost.mean()
    reports.append((name, cost.value))
  }

  /// Nothing, reported as such: of a batch of one example there is nothing to compare.
  public static func nothing(_ names: [String], like value: Variable) -> Charge {
    let zero = Tensor.zeros([1], dtype: value.dtype)
    return Charge(
      total: Variable(.zeros([], dtype: value.dtype)), reports: names.map { ($0, zero) })
  }
}
