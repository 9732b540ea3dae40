import Testing

@testable import VAETraining

/// What a bar writes, at times that the test decides.
private final class Screen {
  var text = ""
  var time = 0.0
  var columns = 80

  func bar(_ style: ProgressBar.Style) -> ProgressBar {
    ProgressBar(
      style, write: { self.text += $0 }, now: { self.time }, columns: { self.columns })
  }
}

private let plan = TrainingEvent.started(
  TrainingPlan(
    epochs: 4, stepsPerEpoch: 10, exampleCount: 1280, parameterCount: 1, stepsTaken: 0))

private func step(_ step: Int) -> TrainingEvent {
  .step(
    StepReport(
      epoch: (step - 1) / 10 + 1, step: step, stepInEpoch: (step - 1) % 10 + 1, loss: 104.208,
      gradientNorm: 1, learningRate: 0.1, exampleCount: 128))
}

private let epoch = TrainingEvent.epochEnded(
  EpochSummary(
    train: EpochMetrics(
      epoch: 1, step: 10, split: .train, loss: 104.208,
      terms: [.init(name: "kl", value: 24.5)], exampleCount: 1280, seconds: 65),
    validation: EpochMetrics(
      epoch: 1, step: 10, split: .validation, loss: 0.0123456, terms: [], exampleCount: 10,
      seconds: 1),
    isBest: true))

@Suite struct ProgressBarTests {
  @Test func drawsWhereTrainingStands() {
    let screen = Screen()
    var bar = screen.bar(.bar)
    bar.show(plan)
    screen.time = 2
    for i in 1...5 { bar.show(step(i)) }
    // Five steps at one moment are drawn once.
    #expect(screen.text.filter { $0 == "\r" }.count == 1)
    screen.text = ""
    screen.time = 4
    bar.show(step(20))
    #expect(screen.text.hasPrefix("\repoch 2/4 ━━━━"))
    #expect(!screen.text.contains("─"))
    #expect(screen.text.contains(" 10/10  loss 104.21  192 examples/s  0:04 left"))
  }

  @Test(arguments: [1, 10, 40, 60, 80, 200]) func staysInOneLine(columns: Int) {
    let screen = Screen()
    screen.columns = columns
    var bar = screen.bar(.bar)
    bar.show(plan)
    screen.time = 1
    bar.show(step(3))
    let visible = screen.text.replacing("\r", with: "").replacing("\u{1B}[K", with: "")
    #expect(visible.count <= max(columns - 1, 1))
  }

  @Test func linesAreForFiles() {
    let screen = Screen()
    var bar = screen.bar(.lines)
    for event in [plan, step(1), epoch, .warning("mind the gap")] { bar.show(event) }
    #expect(
      screen.text == """
        epoch 1/4  loss 104.21  kl 24.500  validation 0.012346  best  1:05
        warning: mind the gap

        """)
  }

  @Test func silenceKeepsWarnings() {
    let screen = Screen()
    var bar = screen.bar(.silent)
    for event in [plan, step(1), epoch, .warning("mind the gap")] { bar.show(event) }
    #expect(screen.text == "warning: mind the gap\n")
  }

  @Test(arguments: [
    (0, "0"), (104.208, "104.21"), (1, "1.0000"), (-3.14159265, "-3.1416"), (99.9999, "100.000"),
    (0.000001, "0.000001"), (123456.789, "123456.79"), (2.5e8, "2.5e+08"), (-0.5, "-0.50000"),
  ])
  func writesAboutFiveDigits(number: Double, text: String) {
    #expect(ProgressBar.short(number) == text)
  }

  @Test func countsAndTimesReadWell() {
    #expect(
      [0, 999, 1000, 51_200, 1_234_567].map(ProgressBar.grouped) == [
        "0", "999", "1,000", "51,200", "1,234,567",
      ])
    #expect(
      [0, 59.6, 61, 3723, .infinity].map(ProgressBar.time).prefix(4) == [
        "0:00", "1:00", "1:01", "1:02:03",
      ])
  }
}
