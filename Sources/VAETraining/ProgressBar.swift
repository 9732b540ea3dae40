internal import Glibc
internal import SystemFiles

/// Shows a person how training goes: a bar on a terminal, plain lines elsewhere.
public struct ProgressBar {
  /// How to show it.
  public enum Style: Sendable {
    /// One line that is drawn again and again, and one that stays for each epoch.
    case bar
    /// One line for each epoch.
    case lines
    /// Warnings only.
    case silent

    /// A bar where standard error is a terminal, lines elsewhere, little where `isQuiet`.
    public static func automatic(isQuiet: Bool = false) -> Style {
      isQuiet ? .silent : isatty(STDERR_FILENO) == 1 ? .bar : .lines
    }
  }

  private let style: Style
  private let write: (String) -> Void
  private let now: () -> Double
  private let columns: () -> Int
  private var plan: TrainingPlan?
  private var start = 0.0
  private var lastDrawn = -Double.infinity
  private var examplesSeen = 0

  /// A bar on standard error.
  public init(_ style: Style = .automatic()) {
    let clock = Stopwatch()
    self.init(
      style, write: { Self.say($0) }, now: { clock.seconds },
      columns: terminalColumns)
  }

  /// Writes to standard error; where nobody listens, nothing is lost.
  private static func say(_ text: String) {
    try? Array(text.utf8).withUnsafeBufferPointer { bytes throws(FileFailure) in
      try writeAll(UnsafeRawBufferPointer(bytes), to: STDERR_FILENO)
    }
  }

  init(
    _ style: Style, write: @escaping (String) -> Void, now: @escaping () -> Double,
    columns: @escaping () -> Int
  ) {
    self.style = style
    self.write = write
    self.now = now
    self.columns = columns
  }

  /// Shows an event.
  public mutating func show(_ event: TrainingEvent) {
    if case .warning(let text) = event {
      write("\(style == .bar ? "\r\u{1B}[K" : "")warning: \(text)\n")
    }
    guard style != .silent else { return }
    switch event {
    case .started(let plan):
      self.plan = plan
      start = now()
      examplesSeen = 0
      if plan.stepsTaken > 0 { line("resumed after \(plan.stepsTaken) steps") }
    case .step(let step):
      examplesSeen += step.exampleCount
      guard style == .bar, now() - lastDrawn >= 0.1 else { return }
      draw(step)
      lastDrawn = now()
    case .epochEnded(let summary): line(Self.text(summary, of: plan?.epochs ?? summary.epoch))
    case .finished(let summary): line(Self.text(summary))
    case .checkpointed, .profiled, .warning: break
    }
  }

  private func line(_ text: String) {
    write(style == .bar ? "\r\u{1B}[K\(text)\n" : "\(text)\n")
  }

  // MARK: - The bar

  private func draw(_ step: StepReport) {
    guard let plan else { return }
    let elapsed = max(now() - start, 1e-9)
    let done = step.step - plan.stepsTaken
    let left = plan.epochs * plan.stepsPerEpoch - step.step
    let seconds = elapsed * Double(max(left, 0)) / Double(max(done, 1))
    let rate = Int(Double(examplesSeen) / elapsed)
    let head = "epoch \(step.epoch)/\(plan.epochs) "
    let tail =
      " \(step.stepInEpoch)/\(plan.stepsPerEpoch)  loss \(Self.short(step.loss))"
      + "  \(Self.grouped(rate)) examples/s  \(Self.time(seconds)) left"
    // The last column stays free: some terminals break the line there.
    let width = min(40, columns() - head.count - tail.count - 1)
    let text = width >= 4 ? head + Self.bar(step, plan, width) + tail : head + tail
    write("\r\(text.prefix(max(columns() - 1, 1)))\u{1B}[K")
  }

  private static func bar(_ step: StepReport, _ plan: TrainingPlan, _ width: Int) -> String {
    let filled = min(width, width * step.stepInEpoch / max(plan.stepsPerEpoch, 1))
    return String(repeating: "━", count: filled) + String(repeating: "─", count: width - filled)
  }

  // MARK: - Texts

  /// An epoch in a line: its losses and as many of its terms as fit; `metrics.jsonl` has all.
  private static func text(_ summary: EpochSummary, of epochs: Int) -> String {
    let (train, validation) = (summary.train, summary.validation)
    let head = "epoch \(summary.epoch)/\(epochs)  loss \(short(train.loss))"
    let middle = validation.map { "  validation \(short($0.loss))" } ?? ""
    let tail = "  \(time(train.seconds))"
    let own = validation?.terms.filter { train[$0.name] == nil } ?? []
    // Numbers that come may be longer, and the same terms are to stand in every epoch.
    let spare = 4 + "\(epochs)".count - "\(summary.epoch)".count
    var room = lineLength - head.count - middle.count - "  best".count - tail.count - spare
    let all = train.terms + own
    var chosen: Set<String> = []
    for term in foremost.compactMap({ name in all.first { $0.name == name } })
      + all.filter({ !foremost.contains($0.name) })
    {
      let length = max(field(term).count, "  \(term.name) 100.000".count)
      guard length <= room else { continue }
      chosen.insert(term.name)
      room -= length
    }
    func fields(_ terms: [EpochMetrics.Term]) -> String {
      terms.filter { chosen.contains($0.name) }.map(field).joined()
    }
    return head + fields(train.terms) + middle + fields(own) + (summary.isBest ? "  best" : "")
      + tail
  }

  /// The most characters of an epoch's line.
  private static let lineLength = 100

  /// What a line shows before anything else, in this order; of other terms the first.
  private static let foremost = [
    "kl", "accuracy", "active_units", "perplexity", "reconstruction", "mutual_information",
  ]

  private static func field(_ term: EpochMetrics.Term) -> String {
    let count = Int(exactly: term.value).flatMap { abs($0) < 1_000_000 ? "\($0)" : nil }
    return "  \(term.name) \(count ?? short(term.value))"
  }

  private static func text(_ summary: TrainingSummary) -> String {
    let reason =
      switch summary.ending {
      case .completed: "trained"
      case .stoppedEarly: "stopped early, since the loss does not improve any more,"
      case .stopped: "stopped"
      }
    var text = "\(reason) after \(summary.epochs) epochs and \(summary.steps) steps"
    if let value = summary.bestValue, let epoch = summary.bestEpoch {
      text += "; best \(summary.monitored.name) \(short(value)) in epoch \(epoch)"
    }
    return text
  }

  /// About five digits: 104.21, 0.083412, 1.2e+08.
  static func short(_ number: Double) -> String {
    guard abs(number) < 1e6 else { return "\(Float(number))" }
    var decimals = 2
    var size = abs(number)
    while size < 100 && decimals < 6 && size > 0 {
      size *= 10
      decimals += 1
    }
    if number == 0 { return "0" }
    let scale = power(10, decimals)
    let digits = "\(Int((abs(number) * scale).rounded()))"
    let padded = String(repeating: "0", count: max(0, decimals + 1 - digits.count)) + digits
    return (number < 0 ? "-" : "") + padded.dropLast(decimals) + "." + padded.suffix(decimals)
  }

  /// A count with its thousands apart: 51,200.
  static func grouped(_ count: Int) -> String {
    var text = ""
    for (i, digit) in "\(count)".reversed().enumerated() {
      if i > 0 && i % 3 == 0 { text.append(",") }
      text.append(digit)
    }
    return String(text.reversed())
  }

  /// Minutes and seconds, with hours where there are any: 1:02:03, 0:41.
  static func time(_ seconds: Double) -> String {
    let total = Int(min(max(seconds, 0), 1e9).rounded())
    func two(_ n: Int) -> String { n < 10 ? "0\(n)" : "\(n)" }
    let (hours, minutes) = (total / 3600, total / 60 % 60)
    return (hours > 0 ? "\(hours):\(two(minutes))" : "\(minutes)") + ":\(two(total % 60))"
  }
}

private func terminalColumns() -> Int {
  var size = winsize()
  return ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0
    ? Int(size.ws_col) : 80
}
