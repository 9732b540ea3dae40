import VAEZoo

/// Shows how training goes on: a bar on a terminal, a line an epoch anywhere.
struct Progress {
  private let isTerminal = Console.isTerminal
  private let clock = ContinuousClock()
  private var plan: TrainingPlan?
  private var begun: ContinuousClock.Instant
  private var shown: ContinuousClock.Instant
  private var firstStep = 0
  private var loss = 0.0

  init() {
    begun = clock.now
    shown = clock.now - .seconds(1)
  }

  mutating func show(_ event: TrainingEvent) {
    switch event {
    case .started(let plan):
      self.plan = plan
      firstStep = plan.stepsTaken
      begun = clock.now
    case .step(let report): if isTerminal { showBar(report) }
    case .epochEnded(let summary):
      clear()
      Console.error(line(summary))
    case .warning(let text):
      clear()
      Console.error("warning: \(text)")
    case .finished, .checkpointed: clear()
    }
  }

  private func clear() { if isTerminal { Console.overwrite("") } }

  private mutating func showBar(_ report: StepReport) {
    guard let plan else { return }
    loss = report.stepInEpoch == 1 ? report.loss : 0.95 * loss + 0.05 * report.loss
    guard clock.now - shown > .milliseconds(100) else { return }
    shown = clock.now
    let seconds = (clock.now - begun) / .seconds(1)
    let rate = Double(report.step - firstStep) / max(seconds, 1e-9)
    let left = Double(plan.epochs * plan.stepsPerEpoch - report.step) / max(rate, 1e-9)
    let done = Double(report.stepInEpoch) / Double(plan.stepsPerEpoch)
    let examples = Int(rate * Double(plan.exampleCount) / Double(plan.stepsPerEpoch))
    let head = "epoch \(report.epoch)/\(plan.epochs) "
    let tail =
      " loss \(Text.fixed(loss))  \(Text.count(examples)) examples/s  \(Text.time(left)) left"
    let room = min(30, Console.width - head.count - tail.count - 3)
    var bar = ""
    if room >= 5 {
      let filled = Int((Double(room) * done).rounded())
      bar =
        "[" + String(repeating: "#", count: filled)
        + String(repeating: ".", count: room - filled) + "]"
    }
    Console.overwrite(head + bar + tail)
  }

  private func line(_ summary: EpochSummary) -> String {
    let train = summary.train
    let number = "\(summary.epoch)"
    let total = plan.map { "\($0.epochs)" } ?? number
    var parts = [
      "epoch " + String(repeating: " ", count: max(0, total.count - number.count))
        + "\(number)/\(total)",
      "loss \(Text.fixed(train.loss))",
    ]
    let terms = train.terms.filter { $0.name != "elbo" }.map { "\($0.name) \(Text.fixed($0.value))" }
    if !terms.isEmpty { parts.append("(\(terms.joined(separator: ", ")))") }
    if let validation = summary.validation {
      parts.append("validation \(Text.fixed(validation.loss))\(summary.isBest ? " *" : "")")
    }
    parts.append("\(Text.fixed(train.seconds, 1)) s")
    parts.append("\(Text.count(Int(train.examplesPerSecond))) examples/s")
    return parts.joined(separator: "  ")
  }
}
