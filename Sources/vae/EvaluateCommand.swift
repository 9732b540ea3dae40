import ArgumentParser
import VAEZoo

/// `vae evaluate`.
struct Evaluate: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Measure a trained model on data it was not trained on.",
    discussion: "Every figure is an exact average over the examples, in nats an example.")

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

  func run() throws {
    compute.apply()
    let run = try source.open()
    let (data, name, dataset) = try data.open(for: run)
    var key = run.configuration.key(.evaluation)
    if let seed { key = RandomKey(seed: UInt64(bitPattern: Int64(seed))) }
    let batches = data.batches(of: dataset)
    let total = batches.exampleCount
    let isShown = Console.isTerminal && !output.quiet
    let result = try run.model.evaluate(
      on: batches, importanceSamples: importanceSamples, using: &key
    ) { if isShown { Console.overwrite("\($0)/\(total) examples") } }
    if isShown { Console.overwrite("") }
    let error = try run.model.squaredError(on: batches)
    if output.json {
      Console.print(json(result, error, split: name, data: dataset.name).json)
    } else {
      Console.print(text(result, error, split: name, data: dataset.name))
    }
  }

  private func json(
    _ result: Evaluation, _ error: Double, split: String, data: String
  ) -> ConfigurationValue {
    var tree: ConfigurationValue = [
      "run": .string(source.run), "data": .string(data), "split": .string(split),
      "examples": .int(result.exampleCount), "reconstruction": .double(result.reconstruction),
      "kl": .double(result.kl), "elbo": .double(result.elbo), "squared_error": .double(error),
      "active_units": .int(result.activeUnits),
      "code_variance": .list(result.codeVariance.map { .double($0) }),
    ]
    tree["kl_per_dimension"] = result.klPerDimension.map { .list($0.map { .double($0) }) }
    tree["importance_samples"] = result.importanceSamples.map { .int($0) }
    tree["log_likelihood"] = result.logLikelihood.map { .double($0) }
    return tree
  }

  private func text(
    _ result: Evaluation, _ error: Double, split: String, data: String
  ) -> String {
    var rows = [
      ["examples", "\(Text.count(result.exampleCount)) (\(split) part of \(data))"],
      ["reconstruction", "\(Text.fixed(result.reconstruction)) nats"],
      ["kl", "\(Text.fixed(result.kl)) nats"],
      ["elbo", "\(Text.fixed(result.elbo)) nats"],
    ]
    if let likelihood = result.logLikelihood, let samples = result.importanceSamples {
      rows.append(["log p(x)", "\(Text.fixed(likelihood)) nats, \(samples) importance samples"])
    }
    rows.append(["squared error", "\(Text.fixed(error, 5)) an element"])
    rows.append(["active units", "\(result.activeUnits) of \(result.codeVariance.count)"])
    if let shares = result.klPerDimension {
      rows.append(["kl per code", shares.map { Text.fixed($0) }.joined(separator: " ")])
    }
    return Text.table(rows)
  }
}
