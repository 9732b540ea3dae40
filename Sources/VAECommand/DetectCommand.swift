import ArgumentParser
import VAEZoo

/// `vae detect`.
struct Detect: RunCommand {
  static let configuration = CommandConfiguration(
    abstract: "Score how strange each example is to a trained model.",
    discussion: """
      Scores, higher for what is stranger, in nats: elbo is the negative evidence lower bound, \
      likelihood the importance-weighted estimate of -log p(x), reconstruction the mean of \
      -log p(x|z) over codes of the posterior, typicality the distance of a code's -log p(z) from \
      its mean over normal data. Examples above the threshold, a quantile of the scores of normal \
      data, are called anomalous. Normal data is what the run was trained on, its validation part \
      where it has one.

      Windows of a long series are scored in all parts of the data unless --split names one.

      The table has a line an example: part, index, its place there counted from 0, file, where \
      examples are files of a folder, score, anomalous, 1 above the threshold, label, where the \
      data has labels, and of windows the series with its steps from start to before end.
      """)

  @OptionGroup var source: RunArgument
  @OptionGroup var data: DataArguments
  @Option(
    help: "elbo, likelihood, reconstruction or typicality.",
    transform: { name in
      if let score = AnomalyScore(rawValue: name) { return score }
      let known = AnomalyScore.allCases.map(\.rawValue).joined(separator: ", ")
      throw ValidationError("--score takes one of \(known), not '\(name)'")
    })
  var score = AnomalyScore.elbo
  @Option(help: ArgumentHelp("Codes drawn for each example.", valueName: "K"))
  var importanceSamples = 16
  @Option(help: "The share of normal examples below the threshold.")
  var quantile = 0.99
  @Option(help: "Normal data, instead of what the run was trained on.")
  var normal: String?
  @Option(
    help: ArgumentHelp(
      "Classes that are anomalies, with commas between; 'anomalous' where there is such a class.",
      valueName: "name,name"))
  var anomalies: String?
  @Option(help: "A CSV of the scores.")
  var out: String
  @Option(help: "The picture; in the run folder without it.")
  var picture: String?
  @Option(help: "What codes come from.")
  var seed = 0
  @OptionGroup var compute: ComputeOptions
  @OptionGroup var output: OutputOptions

  func validate() throws {
    try requireCount(importanceSamples, "--importance-samples", limit: 1_000_000)
    try requireEnding(out, ["csv"], of: "a table of scores")
    try picture.map { try requireEnding($0, ["png"], of: "a picture") }
    guard (0...1).contains(quantile) else {
      throw ValidationError("--quantile takes a share from 0 to 1, not \(quantile)")
    }
  }

  func act<D: Domain>(on run: Run<D>) throws {
    compute.apply()
    if score != .typicality { try requireDensities(of: run, for: "--score \(score.rawValue)") }
    var key = RandomKey(seed: UInt64(bitPattern: Int64(seed)))
    let (data, parts) = try parts(of: run)
    let strange = try AnomalousClasses(anomalies, of: parts.map(\.dataset))
    let normal = try surprisals(ofNormalDataOf: run, using: &key)
    try warnOfAnomalies(trainedOnBy: run)
    let detector = AnomalyDetector(score, normal: normal, quantile: quantile)
    var examples: [ScoredExample] = []
    for part in parts {
      let found = try surprisals(of: part.dataset, in: data, run.model, using: &key)
      examples += ScoredExample.list(
        part, scores: detector.scores(of: found), strange,
        windows: run.domain.windows(of: part.dataset))
    }
    guard !examples.isEmpty else {
      throw Failure(65, "\(parts[0].dataset.name): the data has no examples")
    }
    let report = DetectionReport(
      detector: detector, examples: examples, normalCount: normal.count,
      data: parts[0].dataset.name, out: out)
    try replaceFile(out, with: report.lines)
    let image = try DetectionPicture(report: report, caption: run.caption).drawn(
      parts, of: run, data)
    let path = picture ?? "\(run.folder.path)/detection.png"
    try image?.writePNG(to: path)
    let drawn = image == nil ? nil : path
    if output.json {
      Console.print(report.json(run: source.run, picture: drawn).json)
    } else if !output.quiet {
      Console.print(report.text)
      if let drawn {
        Console.print("wrote \(out) and \(drawn)")
      } else {
        Console.print("wrote \(out)")
      }
    }
  }

  /// What was trained on looks normal.
  private func warnOfAnomalies<D: Domain>(trainedOnBy run: Run<D>) throws {
    guard let names = anomalies?.split(separator: ",").map(String.init),
      let data = try? run.open(run.configuration), let known = data.train.labelNames
    else { return }
    let seen = names.filter(Set(known).contains)
    guard !seen.isEmpty, !output.quiet else { return }
    let list = seen.joined(separator: ", ")
    Console.error(
      "warning: the run was trained on examples of \(list) too, so that they look normal to it; leave "
        + "them out with --set data.leaves_out=[\(list)] in training")
  }

  /// What is scored: the part that was asked for, or all windows of series, or what no training saw.
  private func parts<D: Domain>(
    of run: Run<D>
  ) throws -> (data: RunData<D>, parts: [(name: String, dataset: D.Part)]) {
    let (data, name, dataset) = try self.data.open(for: run)
    guard self.data.split == nil, run.domain.windows(of: dataset) != nil else {
      return (data, [(name, dataset)])
    }
    let all: [(String, D.Part?)] = [
      ("train", data.train), ("validation", data.validation), ("test", data.test),
    ]
    return (data, all.compactMap { part in part.1.map { (part.0, $0) } })
  }

  private func surprisals<D: Domain>(
    ofNormalDataOf run: Run<D>, using key: inout RandomKey
  ) throws -> [Double] {
    var configuration = run.configuration
    if let normal { (configuration.data.path, configuration.data.limit) = (normal, nil) }
    let data = try run.open(configuration, undivided: normal != nil)
    let dataset = normal == nil ? data.validation ?? data.train : data.train
    // Of normal data only what is normal counts, where labels tell.
    let strange = try? AnomalousClasses(anomalies, of: [dataset])
    let kept = (0..<dataset.count).filter { strange?.contains($0, of: dataset) != true }
    guard !kept.isEmpty else {
      throw Failure(65, "\(configuration.data.path): there is no normal example; give --normal")
    }
    return try surprisals(of: dataset.subset(kept), in: data, run.model, using: &key)
  }

  private func surprisals<D: Domain, Model: LatentModel>(
    of dataset: D.Part, in data: RunData<D>, _ model: Model, using key: inout RandomKey
  ) throws -> [Double] where Model.Observation == D.Part.Observation {
    func open(_ batches: some BatchSource<Batch<D.Part.Observation>>) throws -> [Double] {
      try model.surprisals(on: batches, by: score, samples: importanceSamples, using: &key)
    }
    return try open(data.batches(of: dataset))
  }
}

/// The classes that stand for anomalies.
struct AnomalousClasses {
  private let numbers: Set<Int>

  /// Nil where nothing tells which they are.
  init?(_ names: String?, of parts: [some Dataset]) throws {
    let known = parts[0].classNames ?? (0..<parts[0].classCount).map { "\($0)" }
    guard let names else {
      guard parts[0].labels != nil, let place = known.firstIndex(of: "anomalous") else {
        return nil
      }
      numbers = [place]
      return
    }
    guard parts[0].labels != nil else {
      throw Failure(65, "\(parts[0].name): it has no labels, so leave --anomalies out")
    }
    numbers = Set(
      try names.split(separator: ",").map { name in
        guard let place = known.firstIndex(of: String(name)) else {
          throw ConfigurationError(
            unknown: "class", String(name), known: known, allIn: "the labels of \(parts[0].name)",
            at: ["--anomalies"])
        }
        return place
      })
  }

  func contains(_ example: Int, of dataset: some Dataset) -> Bool {
    dataset.labels.map { numbers.contains(Int($0[example])) } ?? false
  }
}
