/// A number with `digits` digits after the point, and a true minus sign.
///
/// Written here because formatting would be all that Foundation is needed for, and linking it
/// slows the start of the command.
func decimal(_ value: Double, digits: Int) -> String {
  guard value.isFinite else { return value.isNaN ? "NaN" : value < 0 ? "−∞" : "∞" }
  var power = 1.0
  for _ in 0..<digits { power *= 10 }
  let scaled = (abs(value) * power).rounded()
  guard scaled < 9e15 else { return "\(value)" }
  let whole = Int(scaled)
  let sign = value < 0 && whole > 0 ? "−" : ""
  guard digits > 0 else { return "\(sign)\(whole)" }
  let fraction = String(whole % Int(power))
  let zeros = String(repeating: "0", count: digits - fraction.count)
  return "\(sign)\(whole / Int(power)).\(zeros)\(fraction)"
}
