import Layers
import TensorCore
import VAECore

/// A distribution that is right but for what is changed.
struct Altered<Base: Distribution>: Distribution {
  var base: Base
  var changedMean: (Base.Value) -> Base.Value = { $0 }
  var changedSample: (Base.Value) -> Base.Value = { $0 }
  var changedLog: (Variable) -> Variable = { $0 }
  /// What the densities see of a value.
  var seen: (Base.Value) -> Base.Value = { $0 }
  /// What a draw says of itself.
  var stated: ((Base.Value) -> (divergence: Variable?, log: Variable?))?
  var closed: (() -> Divergence?)?
  var changedRepetition: ((Base) -> Base)?

  init(_ base: Base, _ change: (inout Altered) -> Void = { _ in }) {
    self.base = base
    change(&self)
  }

  func mean(_ context: inout Context) -> Base.Value { changedMean(base.mean(&context)) }
  func sample(_ context: inout Context) -> Base.Value { changedSample(base.sample(&context)) }
  func logProbability(of value: Base.Value, _ context: inout Context) -> Variable? {
    base.logProbability(of: seen(value), &context).map(changedLog)
  }
  func draw(against law: Law?, _ context: inout Context) -> Draw<Base.Value> {
    let value = sample(&context)
    let (divergence, log) = stated?(value) ?? (nil, nil)
    return Draw(
      value, divergence: law == nil ? nil : divergence.map { Divergence(total: $0) },
      logProbability: log.map { log in { log } })
  }
  func divergence(from other: some Distribution<Base.Value>) -> Divergence? { closed?() }
  func mapParameters(_ f: (Variable) -> Variable) -> Altered {
    var mapped = self
    mapped.base = base.mapParameters(f)
    if let changedRepetition { mapped.base = changedRepetition(mapped.base) }
    return mapped
  }
}
