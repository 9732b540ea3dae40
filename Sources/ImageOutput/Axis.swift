/// A range of numbers along one side of a plot, with ticks at round numbers.
struct Axis {
  let lower: Double
  let upper: Double
  let ticks: [Double]
  let step: Double

  /// Whether a value can be shown at all: differences of larger ones would be infinite.
  static func canShow(_ value: Double) -> Bool {
    abs(value) < 1e300
  }

  /// Spans those of `values` that can be shown, with `padding` of their range at both ends.
  ///
  /// One value alone gets room on both sides, and none at all gives 0 to 1. With `countsThings`,
  /// where all values are whole, as epochs are, so are the ticks.
  init(
    spanning values: some Sequence<Double>, padding: Double = 0.05, wishedTicks: Int = 6,
    countsThings: Bool = false
  ) {
    var (low, high) = (Double.infinity, -Double.infinity)
    var isWhole = countsThings
    for value in values where Self.canShow(value) {
      (low, high) = (min(low, value), max(high, value))
      isWhole = isWhole && value == value.rounded()
    }
    if low > high { (low, high, isWhole) = (0, 1, false) }
    // Also where the range is too small to be told apart from rounding.
    let smallest = max(abs(low), abs(high)) * 1e-12
    if high - low <= smallest {
      let room = isWhole ? max(1, abs(low) * 0.01) : low == 0 ? 0.5 : abs(low) * 0.1
      (low, high) = (low - room, high + room)
    } else {
      let room = (high - low) * padding
      (low, high) = (low - room, high + room)
    }
    (lower, upper) = (low, high)
    let rough = Self.roundStep((high - low) / Double(max(1, wishedTicks)))
    step = !isWhole || rough >= 10 ? rough : rough < 1 ? 1 : rough == 2.5 ? 5 : rough
    let first = (low / step - 1e-9).rounded(.up)
    let last = (high / step + 1e-9).rounded(.down)
    let step = step
    ticks = first <= last ? stride(from: first, through: last, by: 1).map { $0 * step } : []
  }

  /// How far along the axis a value lies, 0 to 1.
  func position(_ value: Double) -> Double {
    (value - lower) / (upper - lower)
  }

  /// What stands at a tick.
  func label(_ tick: Double) -> String {
    let largest = max(abs(lower), abs(upper))
    if tick == 0 { return "0" }
    let isCoarse = largest >= 1e7 && step >= 1e5
    let isTiny = largest < 1e-2 && step < 1e-4
    if isCoarse || isTiny { return scientific(tick) }
    let digits = decimal(tick, digits: Self.digits(of: step))
    return largest >= 10_000 ? grouped(digits) : digits
  }

  /// 1, 2, 2.5 or 5 times a power of ten: the one nearest to `rough`.
  private static func roundStep(_ rough: Double) -> Double {
    var power = 1.0
    while power * 10 <= rough { power *= 10 }
    while power > rough { power /= 10 }
    return switch rough / power {
    case ..<1.5: power
    case ..<2.25: 2 * power
    case ..<3.5: 2.5 * power
    case ..<7.5: 5 * power
    default: 10 * power
    }
  }

  /// The digits after the point that tell multiples of `step` apart.
  private static func digits(of step: Double) -> Int {
    var (digits, scaled) = (0, step)
    while digits < 12 && abs(scaled - scaled.rounded()) > 1e-6 * scaled {
      digits += 1
      scaled *= 10
    }
    return digits
  }

  /// A number as `2.5e−6`.
  private func scientific(_ value: Double) -> String {
    var (mantissa, exponent) = (abs(value), 0)
    while mantissa >= 9.999_999_999 {
      mantissa /= 10
      exponent += 1
    }
    while mantissa < 0.999_999_999_9 {
      mantissa *= 10
      exponent -= 1
    }
    var power = step
    for _ in 0..<abs(exponent) { power = exponent > 0 ? power / 10 : power * 10 }
    let digits = decimal(mantissa, digits: min(6, Self.digits(of: power)))
    return "\(value < 0 ? "−" : "")\(digits)e\(exponent < 0 ? "−" : "")\(abs(exponent))"
  }

  /// Puts commas between the thousands.
  private func grouped(_ number: String) -> String {
    let whole = number.prefix { $0 != "." }.drop { $0 == "−" }
    var result = ""
    for (index, digit) in whole.enumerated() {
      if index > 0 && (whole.count - index).isMultiple(of: 3) { result += "," }
      result.append(digit)
    }
    return (number.hasPrefix("−") ? "−" : "") + result + number.drop { $0 != "." }
  }
}
