import ArgumentParser
import VAEZoo

/// `vae inspect`.
struct Inspect: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Show what is in a run folder: the model's parts, their sizes, the last figures.")

  @OptionGroup var source: RunArgument
  @Flag(help: "Prints one JSON object.")
  var json = false

  func run() throws {
    try inspect(try source.open())
  }

  private func inspect(_ run: some Run) throws {
    let metrics = try run.folder.readMetrics()
    let last = EpochMetrics.Split.allCases.compactMap { split in
      metrics.last { $0.split == split }
    }
    Console.print(json ? self.json(run, last).json : text(run, last))
  }

  /// The parts of the model with the numbers each has.
  private func parts(_ run: some Run) -> [(name: String, component: String, count: Int)] {
    let names = [
      "encoder": run.configuration.model.encoder.name,
      "posterior": run.configuration.model.posterior.name,
      "prior": run.configuration.model.prior.name,
      "decoder": run.configuration.model.decoder.name,
      "likelihood": run.configuration.model.likelihood.name,
    ]
    return run.autoencoder.parts.map { name, part in
      var count = 0
      part.visitParameters("") { _, parameter in
        if parameter.isTrainable { count += parameter.count }
      }
      return (name, names[name] ?? "", count)
    }
  }

  private func json(_ run: some Run, _ metrics: [EpochMetrics]) -> ConfigurationValue {
    let tensors = run.autoencoder.namedParameters.map { name, parameter -> ConfigurationValue in
      ["name": .string(name), "shape": .list(parameter.shape.dimensions.map { .int($0) })]
    }
    var result: ConfigurationValue = [
      "run": .string(run.folder.path),
      "observation": run.configuration.observation.map { ConfigurationValue(encoding: $0) }
        ?? .null,
      "latent": .int(run.autoencoder.latentCount),
      "parameters": .int(run.autoencoder.parameterCount),
      "parts": .list(
        parts(run).map {
          [
            "name": .string($0.name), "component": .string($0.component),
            "parameters": .int($0.count),
          ]
        }), "tensors": .list(tensors),
    ]
    for line in metrics {
      var tree = TrainingReport.json(line)
      tree["epoch"] = .int(line.epoch)
      result[line.split.rawValue] = tree
    }
    result["configuration"] = ConfigurationValue(encoding: run.configuration)
    return result
  }

  private func text(_ run: some Run, _ metrics: [EpochMetrics]) -> String {
    var rows = [
      ["run", run.folder.path],
      ["preset", run.configuration.preset ?? "none"],
      ["data", run.configuration.data.path],
      run.configuration.observation?.row ?? [],
      ["codes", "\(run.autoencoder.latentCount)"],
    ]
    for part in parts(run) {
      rows.append([part.name, "\(part.component), \(Text.count(part.count)) parameters"])
    }
    rows.append(["in all", "\(Text.count(run.autoencoder.parameterCount)) parameters"])
    for line in metrics {
      let terms = line.terms.map { "\($0.name) \(Text.fixed($0.value))" }.joined(separator: ", ")
      rows.append([
        line.split.rawValue,
        "loss \(Text.fixed(line.loss)) (\(terms)), epoch \(line.epoch), step "
          + Text.count(line.step),
      ])
    }
    return Text.table(rows)
  }
}

extension ObservationFormat {
  /// What the observations are, as a row of a table.
  fileprivate var row: [String] {
    switch self {
    case .image(let shape):
      ["images", "\(shape[1])x\(shape[0]), \(shape[2]) channel\(shape[2] == 1 ? "" : "s")"]
    case .tokens(let vocabulary, let longest):
      ["text", "up to \(longest) tokens out of \(Text.count(vocabulary))"]
    case .frames(let features, let longest, _):
      ["signals", "up to \(longest) frames of \(features) numbers"]
    }
  }
}
