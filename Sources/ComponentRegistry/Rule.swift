/// The values that an option takes, in words and as a test.
public struct Rule<Value>: Sendable {
  let text: String
  let holds: @Sendable (Value) -> Bool

  /// A rule whose words read on from "takes": "a share from 0 to below 1".
  public init(_ text: String, _ holds: @escaping @Sendable (Value) -> Bool) {
    self.text = text
    self.holds = holds
  }
}

/// A width above this is taken for a slip: a layer of that size fits no machine.
private let possibleWidths = 1...(1 << 20)

extension Rule where Value == Int {
  /// A count within bounds.
  public static func from(_ bounds: ClosedRange<Int>) -> Rule {
    Rule("a count from \(bounds.lowerBound) to \(bounds.upperBound)") { bounds.contains($0) }
  }

  /// A count that is not below `least`, nor beyond what a step counter holds.
  public static func atLeast(_ least: Int) -> Rule {
    Rule("a count of \(least) or more, up to a billion") { (least...1_000_000_000).contains($0) }
  }

  /// The width of a layer.
  public static var width: Rule { .from(possibleWidths) }
}

extension Rule where Value == Int? {
  /// A count within bounds, or nothing.
  public static func from(_ bounds: ClosedRange<Int>) -> Rule {
    let rule = Rule<Int>.from(bounds)
    return Rule("\(rule.text), or null") { $0.map(rule.holds) ?? true }
  }

  /// The width of a layer, or nothing.
  public static var width: Rule { .from(possibleWidths) }
}

extension Rule where Value == [Int] {
  /// The widths of layers, of which there is one at least.
  public static var widths: Rule {
    Rule("widths from 1 to \(possibleWidths.upperBound), at least one") {
      !$0.isEmpty && $0.allSatisfy(possibleWidths.contains)
    }
  }

  /// The widths of layers, of which there may be none.
  public static var anyWidths: Rule {
    Rule("widths from 1 to \(possibleWidths.upperBound)") {
      $0.allSatisfy(possibleWidths.contains)
    }
  }
}

extension Rule where Value == Double {
  /// What part of a whole may be missing.
  public static var share: Rule { Rule("a share from 0 to below 1") { $0 >= 0 && $0 < 1 } }

  /// A finite number above 0.
  public static var positive: Rule { Rule("a number above 0") { $0 > 0 && $0.isFinite } }

  /// A finite number, 0 or more.
  public static var notNegative: Rule { Rule("a number not below 0") { $0 >= 0 && $0.isFinite } }
}

extension Rule where Value == Double? {
  /// A finite number, 0 or more, or nothing.
  public static var notNegative: Rule {
    let rule = Rule<Double>.notNegative
    return Rule("\(rule.text), or null") { $0.map(rule.holds) ?? true }
  }

  /// A finite number above 0, or nothing.
  public static var positive: Rule {
    let rule = Rule<Double>.positive
    return Rule("\(rule.text), or null") { $0.map(rule.holds) ?? true }
  }
}
