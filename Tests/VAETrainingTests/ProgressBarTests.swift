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

  /// Every term that an objective of the zoo reports and every measure, with numbers of any length.
  @Test(arguments: [1, -123_456.789, 2.5e8, -1.2345679e30, 0.0000123], [1, 123_456])
  func anEpochIsALineThatIsReadAtOnce(number: Double, epoch: Int) {
    func metrics(_ names: [String], _ split: EpochMetrics.Split) -> EpochMetrics {
      EpochMetrics(
        epoch: epoch, step: 10, split: split, loss: number,
        terms: names.map { .init(name: $0, value: number) }, exampleCount: 10, seconds: 1e6)
    }
    let terms = [
      "reconstruction", "kl", "elbo", "kl_weight", "kl_z1", "kl_z2", "encoder_steps_ahead",
      "cross_entropy", "accuracy",
    ]
    let measures = [
      "active_units", "mutual_information", "iw_nll", "nll_per_token", "iw_nll_per_token",
      "perplexity", "iw_perplexity",
    ]
    let screen = Screen()
    var bar = screen.bar(.lines)
    bar.show(
      .started(
        TrainingPlan(
          epochs: 123_456, stepsPerEpoch: 1, exampleCount: 1, parameterCount: 1, stepsTaken: 0)))
    bar.show(
      .epochEnded(
        EpochSummary(
          train: metrics(terms, .train), validation: metrics(terms + measures, .validation),
          isBest: true)))
    let line = screen.text.dropLast()
    #expect(line.count <= 100 && !line.contains("\n"), "\(line)")
    #expect(line.contains("  loss ") && line.contains("  validation "))
    #expect(line.hasSuffix("  best  277:46:40"))
  }

  @Test func aLineShowsWhatIsAskedForFirst() {
    let screen = Screen()
    var bar = screen.bar(.lines)
    bar.show(plan)
    func terms(_ values: KeyValuePairs<String, Double>) -> [EpochMetrics.Term] {
      values.map { .init(name: $0.key, value: $0.value) }
    }
    bar.show(
      .epochEnded(
        EpochSummary(
          train: EpochMetrics(
            epoch: 1, step: 10, split: .train, loss: 52.123,
            terms: terms([
              "reconstruction": 50.1, "kl": 2.023, "elbo": -52.123, "kl_weight": 0.1,
            ]), exampleCount: 10, seconds: 41),
          validation: EpochMetrics(
            epoch: 1, step: 10, split: .validation, loss: 48.5,
            terms: terms([
              "reconstruction": 46, "kl": 2.5, "active_units": 16, "mutual_information": 2.4,
            ]), exampleCount: 10, seconds: 1),
          isBest: false)))
    #expect(
      screen.text
        == "epoch 1/4  loss 52.123  kl 2.0230  validation 48.500  active_units 16  0:41\n")
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
