import ArgumentParser
import VAEZoo

/// `vae classify train`.
struct ClassifyTrain: RunCommand {
  static let configuration = CommandConfiguration(
    commandName: "train",
    abstract: "Train a classifier on labelled data and a run's model.",
    discussion: """
      The folder gets classifier.yaml, classifier.safetensors, a copy of what rebuilds the model, \
      metrics.jsonl, report.json and confusion.png. With --labels nothing else that is labelled is \
      looked at; without it the best epoch is chosen by the validation part.
      """)

  @OptionGroup var source: RunArgument
  @OptionGroup var data: DataSource
  @Option(help: "The folder of the classifier.")
  var out: String
  @Option(help: "What reads the codes: mlp, fully connected layers, or linear.")
  var head = Head.mlp
  @Option(parsing: .upToNextOption, help: "The widths of the head's hidden layers; 128 without it.")
  var hidden: [Int] = []
  @Option(
    help: """
      frozen leaves the encoder as it is, finetune trains it too, joint trains the whole model by \
      its own loss as well, decoder puts the head behind the frozen decoder.
      """, transform: ClassifierConfiguration.Mode.init(argument:))
  var mode = ClassifierConfiguration.Mode.frozen
  @Option(help: "How much a nat of the classifier's loss counts in joint training.")
  var weight = 1.0
  @Option(help: "Learns from so many examples, chosen at random.")
  var labels: Int?
  @Option(help: "Passes over the data; at least 20 and enough for 1,000 steps without it.")
  var epochs: Int?
  @Option(help: "The size of a step; 0.005 for a head alone, 0.001 with a model.")
  var learningRate: Double?
  @Option(help: "Pulls weights to zero; 1 / examples without it.")
  var weightDecay: Double?
  @Option(help: "What every random number comes from.")
  var seed = 1
  @Flag(
    help: """
      Also compares with logistic regression on the raw data, nearest neighbours on codes and an \
      untrained model, at 100, 1,000, 10,000 and all labels.
      """)
  var baselines = false
  @OptionGroup var top: TopOption
  @OptionGroup var compute: ComputeOptions
  @OptionGroup var output: OutputOptions

  enum Head: String, ExpressibleByArgument, CaseIterable {
    case linear, mlp
  }

  func validate() throws {
    try labels.map { try requireCount($0, "--labels", limit: 1 << 40) }
    try epochs.map { try requireCount($0, "--epochs", limit: 1 << 30) }
    for width in hidden { try requireCount(width, "--hidden", limit: 1 << 16) }
    guard head == .mlp || hidden.isEmpty else {
      throw ValidationError("a linear head has no layers for --hidden; leave one of them out")
    }
    guard weight > 0 && weight < 1e9 else {
      throw ValidationError("--weight takes a number above 0")
    }
  }

  func act<D: Domain>(on run: Run<D>) throws {
    compute.apply()
    let folder = ClassifierFolder(out)
    guard !folder.isOccupied else {
      throw Failure(
        73, "\(out) already holds a classifier or a run, which is left as it is; give another --out"
      )
    }
    let source = try data.configuration(for: run)
    let data = try run.open(source)
    let configuration = try configuration(try run.classes(of: data), data)
    let classifier = try Classifier(configuration, for: run)
    let examples = labels.map { data.train.sampled($0, seed: configuration.trainer.seed) }
    announce(configuration, examples ?? data.train)
    var progress = ProgressBar(.automatic(isQuiet: output.quiet || !Console.isTerminal))
    var lines = try classifier.train(
      on: examples ?? data.train, validation: examples == nil ? data.validation : nil, of: data
    ) { progress.show($0) }

    let (name, part) = data.held
    let metrics = ClassificationMetrics(
      logits: try classifier.logits(of: data.batches(of: part)),
      labels: try configuration.labels(of: part))
    if data.test != nil, let last = lines.last { lines.append(metrics.line(after: last)) }
    let report = ClassifierReport(
      metrics: metrics, classes: configuration.classes, top: top, split: name, data: part.name,
      folder: folder, comparison: try comparison(classifier, data, part))
    try classifier.write(to: folder, data: source, metrics: lines)
    try replaceFile(folder.report, with: [report.json.json])
    try report.confusionPlot.writePNG(to: folder.confusion)
    if output.json {
      Console.print(report.json.json)
    } else if !output.quiet {
      Console.print(report.text)
      Console.print("wrote \(folder.confusion) and \(folder.report)")
    }
  }

  private func configuration<D: Domain>(
    _ classes: [String], _ data: RunData<D>
  ) throws -> ClassifierConfiguration {
    guard labels ?? 0 <= data.train.count else {
      throw Failure(
        64,
        "--labels: the training part of \(data.train.name) has \(data.train.count) examples, not "
          + "\(labels ?? 0)")
    }
    var result = ClassifierConfiguration()
    result.run = source.run
    result.mode = mode
    result.hidden = head == .linear ? [] : hidden.isEmpty ? [128] : hidden
    result.weight = weight
    result.labels = labels
    result.classes = classes
    result.trainer.seed = UInt64(bitPattern: Int64(seed))
    schedule(&result, labels ?? data.train.count)
    do {
      try result.trainer.validate()
    } catch {
      throw Failure(64, error.description)
    }
    return result
  }

  private func schedule(_ configuration: inout ClassifierConfiguration, _ examples: Int) {
    configuration.schedule(
      for: examples, epochs: epochs, learningRate: learningRate, weightDecay: weightDecay)
  }

  private func comparison<D: Domain>(
    _ classifier: Classifier<D>, _ data: RunData<D>, _ part: D.Part
  ) throws -> ClassifierComparison? {
    guard baselines else { return nil }
    return try classifier.comparison(on: data, measuredOn: part, schedule: schedule) {
      if !output.quiet { Console.error($0) }
    }
  }

  private func announce(_ configuration: ClassifierConfiguration, _ examples: some Dataset) {
    guard !output.quiet else { return }
    let width = configuration.hidden.map { "\($0)" }.joined(separator: ", ")
    let head = width.isEmpty ? "a linear head" : "a head with hidden layers of \(width)"
    Console.error(
      "\(examples.name): \(Text.count(examples.count)) labelled examples of "
        + "\(configuration.classes.count) classes; \(head), \(mode.rawValue)")
  }
}

extension ClassifierConfiguration.Mode {
  fileprivate init(argument: String) throws {
    guard let mode = Self(rawValue: argument) else {
      let known = Self.allCases.map(\.rawValue).joined(separator: ", ")
      throw ValidationError("--mode takes one of \(known), not '\(argument)'")
    }
    self = mode
  }
}

extension ClassificationMetrics {
  /// The test's line of the curves, behind the last epoch's.
  fileprivate func line(after last: EpochMetrics) -> EpochMetrics {
    EpochMetrics(
      epoch: last.epoch, step: last.step, split: .test, loss: negativeLogLikelihood,
      terms: [EpochMetrics.Term(name: "accuracy", value: accuracy)],
      exampleCount: confusion.exampleCount, seconds: 0)
  }
}
