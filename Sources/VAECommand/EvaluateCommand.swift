import ArgumentParser
import VAEZoo

/// `vae evaluate`.
struct Evaluate: RunCommand {
  static let configuration = CommandConfiguration(
    abstract: "Measure a trained model on data it was not trained on.",
    discussion: """
      Every figure is an exact average over the examples, in nats an example, but for the mutual \
      information, which is that of a sample. Of text, end tokens count as tokens.
      """)

  @OptionGroup var source: RunArgument
  @OptionGroup var data: DataArguments
  @Option(
    help: ArgumentHelp(
      "Also estimates log p(x) with so many samples an example (arXiv:1509.00519).",
      valueName: "K"))
  var importanceSamples: Int?
  @Option(help: "What the samples come from; the run's own seed without one.")
  var seed: Int?
  @OptionGroup var compute: ComputeOptions
  @OptionGroup var output: OutputOptions

  func validate() throws {
    guard importanceSamples ?? 1 > 0 else {
      throw ValidationError("--importance-samples takes a count above 0")
    }
  }

  func act<D: Domain>(on run: Run<D>) throws {
    compute.apply()
    if importanceSamples != nil { try requireDensities(of: run, for: "--importance-samples") }
    let (data, name, dataset) = try data.open(for: run)
    let batches = data.batches(of: dataset)
    let result = try measure(run.model, batches, key: key(of: run.configuration))
    let report = Report(
      result: result, squaredError: try squaredError(run, batches), split: name, data: dataset.name,
      run: source.run)
    Console.print(output.json ? report.json.json : report.text)
  }

  /// Of what is decoded at once; nil of sequences, which are not compared element by element.
  private func squaredError<D: Domain>(
    _ run: Run<D>, _ batches: any BatchSource<Batch<D.Part.Observation>>
  ) throws -> Double? {
    guard let model = run.model as? any LatentModel<Tensor>,
      let batches = batches as? any BatchSource<Batch<Tensor>>
    else { return nil }
    return try model.squaredError(on: batches)
  }

  private func key(of configuration: RunConfiguration) -> RandomKey {
    seed.map { RandomKey(seed: UInt64(bitPattern: Int64($0))) } ?? configuration.key(.evaluation)
  }

  private func measure<Model: LatentModel>(
    _ model: Model, _ batches: any BatchSource<Batch<Model.Observation>>, key: RandomKey
  ) throws -> Evaluation where Model.Observation: Sendable {
    var key = key
    let total = batches.exampleCount
    let isShown = Console.isTerminal && !output.quiet
    let result = try model.evaluate(
      on: batches, importanceSamples: importanceSamples, using: &key
    ) { if isShown { Console.overwrite("\($0)/\(total) examples") } }
    if isShown { Console.overwrite("") }
    return result
  }
}

/// What an evaluation found, for a person and for a program.
private struct Report {
  let result: Evaluation
  let squaredError: Double?
  let split: String
  let data: String
  let run: String

  var json: ConfigurationValue {
    var tree: ConfigurationValue = [
      "run": .string(run), "data": .string(data), "split": .string(split),
      "examples": .int(result.exampleCount),
    ]
    // What has no density has no figure.
    tree["reconstruction"] = result.reconstruction.map { .double($0) }
    tree["kl"] = result.kl.map { .double($0) }
    tree["elbo"] = result.elbo.map { .double($0) }
    tree["squared_error"] = squaredError.map { .double($0) }
    for measure in result.measures { tree[measure.name] = .double(measure.value) }
    tree["active_units"] = .int(result.activeUnits)
    tree["mutual_information_examples"] = result.mutualInformationExamples.map { .int($0) }
    tree["code_variance"] = .list(result.codeVariance.map { .double($0) })
    tree["kl_per_dimension"] = result.klPerDimension.map { .list($0.map { .double($0) }) }
    tree["importance_samples"] = result.importanceSamples.map { .int($0) }
    tree["log_likelihood"] = result.logLikelihood.map { .double($0) }
    return tree
  }

  var text: String {
    var rows = [
      ["examples", "\(Text.count(result.exampleCount)) (\(Text.part(split, of: data)))"]
    ]
    for (name, value) in [
      ("reconstruction", result.reconstruction), ("kl", result.kl), ("elbo", result.elbo),
    ] {
      if let value { rows.append([name, "\(Text.fixed(value)) nats"]) }
    }
    if let likelihood = result.logLikelihood, let samples = result.importanceSamples {
      rows.append(["log p(x)", "\(Text.fixed(likelihood)) nats, \(samples) importance samples"])
    }
    rows += perStep
    if let squaredError {
      rows.append(["squared error", "\(Text.fixed(squaredError, 5)) an element"])
    }
    rows.append(["active units", "\(result.activeUnits) of \(result.codeVariance.count)"])
    if let information = result.mutualInformation, let count = result.mutualInformationExamples {
      rows.append(
        ["mutual information", "\(Text.fixed(information)) nats, by \(Text.count(count)) examples"])
    }
    if let shares = result.klPerDimension {
      rows.append(["kl per code", shares.map { Text.fixed($0) }.joined(separator: " ")])
    }
    return Text.table(rows)
  }

  /// What the bound, and the importance-weighted estimate where there is one, say of a step.
  private var perStep: [[String]] {
    guard let steps = result.steps, let bound = result.nllPerStep else { return [] }
    let name = steps.areTokens ? "token" : "frame"
    func pair(_ bound: Double, _ weighted: Double?) -> String {
      Text.fixed(bound) + (weighted.map { ", importance-weighted \(Text.fixed($0))" } ?? "")
    }
    var rows = [
      ["\(name)s", Text.count(steps.count)],
      ["nats a \(name)", pair(bound, result.importanceWeightedNLLPerStep)],
    ]
    if let perplexity = result.perplexity {
      rows.append(["perplexity", pair(perplexity, result.importanceWeightedPerplexity)])
    }
    return rows
  }
}
