internal import TensorCore

extension ProfileReport {
  /// Where a step's time went by primitive, as lines of text.
  public var table: [String] {
    let primitives = rows.filter(\.isKernel).map { words($0, $0.calls) }
    let others = rows.filter { !$0.isKernel }
    let host = others.dropLast().map { words($0, $0.calls) } + others.suffix(1).map { words($0) }
    let operations = entries.reduce(0) { $0 + $1.operations }
    let total = steps.reduce(0) { $0 + $1.seconds }
    let sum = Row(
      name: "step", isKernel: false, operands: "", calls: 1, seconds: secondsPerStep, share: 1,
      operationsPerSecond: operations > 0 && total > 0 ? operations / total : nil)
    return heading + [""]
      + columns([["primitive"] + Self.figures], primitives, host, [words(sum)])
  }

  /// The single calls by the shapes of their operands, the longest `limit` of them, as lines of text.
  public func callTable(limit: Int = 30) -> [String] {
    let kernels = calls.filter(\.isKernel)
    let shown = kernels.prefix(limit).map { words($0, $0.calls) + [$0.operands] }
    let title =
      shown.count < kernels.count
      ? "the longest \(shown.count) of \(kernels.count) calls, by shape" : "the calls, by shape"
    return [title, ""] + columns([["primitive"] + Self.figures + ["operands"]], shown)
  }

  private static let figures = ["calls/step", "µs/step", "share", "GFLOP/s"]

  private var heading: [String] {
    let sorted = steps.map(\.seconds).sorted()
    func milliseconds(_ seconds: Double) -> String { decimal(seconds * 1e3, 3) }
    let (first, last) = (steps.first?.number ?? 0, steps.last?.number ?? 0)
    let threads = threadCount == 1 ? "1 thread" : "\(threadCount) threads"
    return [
      "\(steps.count == 1 ? "step \(first)" : "steps \(first) to \(last)") on \(threads): "
        + "\(milliseconds(secondsPerStep)) ms a step, median "
        + "\(milliseconds(sorted[sorted.count / 2])), fastest \(milliseconds(sorted[0]))",
      captured,
    ]
  }

  /// Whether steps were captured, and if not, why.
  private var captured: String {
    let count = steps.count { $0.isCaptured }
    guard let obstacle else { return "captured: every step" }
    return count == 0
      ? "captured: no step, since \(obstacle)"
      : "captured: \(count) of \(steps.count) steps; of the others, \(obstacle)"
  }

  private func words(_ row: Row, _ calls: Double? = nil) -> [String] {
    [
      row.name, calls.map { decimal($0, $0 == $0.rounded() ? 0 : 1) } ?? "",
      decimal(row.seconds * 1e6, 1), "\(decimal(row.share * 100, 1)) %",
      row.operationsPerSecond.map { decimal($0 / 1e9, 1) } ?? "",
    ]
  }
}

/// Groups of rows with an empty line between them, and none after the first; words at the left in the first and the sixth
/// column, figures at the right in the others.
private func columns(_ groups: [[String]]...) -> [String] {
  let rows = groups.flatMap { $0 }
  let widths = (0..<(rows.map(\.count).max() ?? 0)).map { column in
    rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0
  }
  func line(_ row: [String]) -> String {
    var line = ""
    for (column, word) in row.enumerated() {
      let room = String(repeating: " ", count: widths[column] - word.count)
      line += (column > 0 ? "  " : "") + (column % 5 == 0 ? word + room : room + word)
    }
    while line.last == " " { line.removeLast() }
    return line
  }
  let lines = groups.filter { !$0.isEmpty }.map { $0.map(line) }
  return (lines.first ?? []) + Array(lines.dropFirst().joined(separator: [""]))
}

/// A number with its thousands apart: 1,203.4.
private func decimal(_ number: Double, _ digits: Int) -> String {
  let scale = power(10, digits)
  guard abs(number) * scale < 1e15 else { return "\(number)" }
  let scaled = Int((abs(number) * scale).rounded())
  let whole = ProgressBar.grouped(scaled / Int(scale))
  let sign = number < 0 && scaled > 0 ? "-" : ""
  guard digits > 0 else { return sign + whole }
  let fraction = "\(scaled % Int(scale))"
  return "\(sign)\(whole)."
    + String(repeating: "0", count: digits - fraction.count) + fraction
}
