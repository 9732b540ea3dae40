internal import Layers

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// How much the KL term counts as training goes on.
public enum KLWeight: Sendable, Hashable {
  /// The same weight at every step; 1 gives the evidence lower bound.
  case constant(Double)
  /// A straight line over the first `steps` steps.
  case linear(from: Double = 0, to: Double = 1, steps: Int)
  /// to / (1 + exp(-steepness (step - midpoint))), until that is within a thousandth of `to`; from
  /// then on it is `to`.
  ///
  /// - Source: Bowman et al., arXiv:1511.06349, section 3.1.
  case logistic(to: Double = 1, midpoint: Int, steepness: Double)
  /// Rises from 0 in a straight line over the share `rising` of a cycle, stays for the rest of it, and
  /// begins anew; after the last of `cycles` cycles of `period` steps it stays.
  ///
  /// - Source: Fu et al., "Cyclical Annealing Schedule", arXiv:1903.10145, equations 6 and 7.
  case cyclical(to: Double = 1, period: Int, cycles: Int = 4, rising: Double = 0.5)

  /// The weight at an optimizer step, counted from 0.
  public func callAsFunction(at step: Int) -> Double {
    guard step < settledStep else { return end }
    return switch self {
    case .constant(let weight): weight
    case .linear(let start, let end, let steps):
      start + (end - start) * Double(step) / Double(steps)
    case .logistic(let end, let midpoint, let steepness):
      end / (1 + exp(-steepness * Double(step - midpoint)))
    case .cyclical(let end, let period, _, let rising):
      end * min(1, Double(step % period) / (rising * Double(period)))
    }
  }

  /// The weight that training ends with.
  public var end: Double {
    switch self {
    case .constant(let weight): weight
    case .linear(_, let end, _), .logistic(let end, _, _), .cyclical(let end, _, _, _): end
    }
  }

  /// The weight as a part of an objective; nil where it is the same at every step.
  var scheduled: Scheduled? {
    settledStep == 0 ? nil : Scheduled(end: end, from: settledStep) { self(at: $0) }
  }

  /// The step from which the weight is ``end``.
  public var settledStep: Int {
    switch self {
    case .constant: 0
    case .linear(_, _, let steps): steps
    case .logistic(_, let midpoint, let steepness):
      max(0, midpoint + Int((log(999) / steepness).rounded(.up)))
    case .cyclical(_, let period, let cycles, let rising):
      (cycles - 1) * period + Int((rising * Double(period)).rounded(.up))
    }
  }
}
