internal import TensorCore

/// A number that changes with the step of training: a weight that warms up, a temperature that falls.
///
/// It is a part of whatever reads it, as a ``Parameter`` is, and has identity. A pass reads it as
/// `context[temperature]`: its value at the step that is being trained, or else its last value,
/// which validation, evaluation and sampling see. Steps are captured while it changes, since it is
/// an input of the step.
public final class Scheduled {
  /// The step from which on it is ``end``.
  public let settledStep: Int
  /// What it is from then on.
  public let end: Double
  private let value: (Int) -> Double

  /// A number that is `value(step)` before `settledStep`, steps counted from 0, and `end` from then
  /// on.
  public init(end: Double, from settledStep: Int, _ value: @escaping (_ step: Int) -> Double) {
    self.settledStep = settledStep
    self.end = end
    self.value = value
  }

  /// From one number to another in a straight line over so many steps.
  public static func linear(from start: Double, to end: Double, steps: Int) -> Scheduled {
    Scheduled(end: end, from: steps) { start + (end - start) * Double($0) / Double(steps) }
  }

  /// Its value at a step, counted from 0.
  public func callAsFunction(at step: Int) -> Double { step < settledStep ? value(step) : end }
}

@available(*, unavailable)
extension Scheduled: Sendable {}

extension Scheduled: ModulePart {
  /// It has no parameters.
  public func visitParameters(_ name: String, _ visit: (String, Parameter) -> Void) {}

  /// Visits itself.
  public func visitSchedules(_ name: String, _ visit: (String, Scheduled) -> Void) {
    visit(name, self)
  }
}

extension Module {
  /// Every number below that changes with the step, once each, with its dotted name, in a stable
  /// order.
  public var namedSchedules: [(name: String, schedule: Scheduled)] {
    var all: [(name: String, schedule: Scheduled)] = []
    var seen: Set<ObjectIdentifier> = []
    visitSchedules("") { name, schedule in
      if seen.insert(ObjectIdentifier(schedule)).inserted { all.append((name, schedule)) }
    }
    return all
  }

  /// The step from which on nothing below changes with the step; 0 where nothing does.
  public var settledStep: Int { namedSchedules.map(\.schedule.settledStep).max() ?? 0 }
}
