import ArgumentParser
import VAEZoo

/// `vae inspect`.
struct Inspect: RunCommand {
  static let configuration = CommandConfiguration(
    abstract: "Show what is in a run folder: the model's parts, their sizes, the last figures.")

  static let infersCodes = false

  @OptionGroup var source: RunArgument
  @Flag(help: "Prints one JSON object.")
  var json = false

  func act<D: Domain>(on run: Run<D>) throws {
    let metrics = try lastMetrics(of: run.folder)
    let stages = try run.configuration.stages.map {
      ($0.name, try lastMetrics(of: run.folder.stage($0.name)))
    }
    Console.print(json ? self.json(run, metrics, stages).json : text(run, metrics, stages))
  }

  /// The newest line of each part of the data.
  private func lastMetrics(of folder: RunFolder) throws -> [EpochMetrics] {
    let metrics = try folder.readMetrics()
    return EpochMetrics.Split.allCases.compactMap { split in metrics.last { $0.split == split } }
  }

  /// The parts of the model with the numbers each has.
  private func parts<D: Domain>(
    _ run: Run<D>
  ) -> [(name: String, component: String, count: Int)] {
    run.model.parts.map { name, part in
      var count = 0
      part.visitParameters("") { _, parameter in
        if parameter.isTrainable { count += parameter.count }
      }
      return (name, run.configuration.model.options[name]?["name"]?.text ?? "", count)
    }
  }

  private func json<D: Domain>(
    _ run: Run<D>, _ metrics: [EpochMetrics], _ stages: [(name: String, metrics: [EpochMetrics])]
  ) -> ConfigurationValue {
    let tensors = run.model.namedParameters.map { name, parameter -> ConfigurationValue in
      ["name": .string(name), "shape": .list(parameter.shape.dimensions.map { .int($0) })]
    }
    var result: ConfigurationValue = [
      "run": .string(run.folder.path),
      "observation": run.configuration.observation ?? .null,
      "model": .string(run.configuration.model.name),
      "latent": .int(run.model.latentCount),
      "parameters": .int(run.model.parameterCount),
      "parts": .list(
        parts(run).map {
          [
            "name": .string($0.name), "component": .string($0.component),
            "parameters": .int($0.count),
          ]
        }), "tensors": .list(tensors),
    ]
    func add(_ metrics: [EpochMetrics], at path: [String]) {
      for line in metrics {
        var tree = TrainingReport.json(line)
        tree["epoch"] = .int(line.epoch)
        result[path + [line.split.rawValue]] = tree
      }
    }
    add(metrics, at: [])
    for stage in stages { add(stage.metrics, at: ["stages", stage.name]) }
    result["configuration"] = run.configuration.tree
    return result
  }

  private func text<D: Domain>(
    _ run: Run<D>, _ metrics: [EpochMetrics], _ stages: [(name: String, metrics: [EpochMetrics])]
  ) -> String {
    var rows = [
      ["run", run.folder.path],
      ["preset", run.configuration.preset ?? "none"],
      ["data", run.configuration.data.path],
      [D.name, run.domain.summary],
      ["model", run.configuration.model.name],
      ["codes", "\(run.model.latentCount)"],
    ]
    for part in parts(run) {
      let component = part.component.isEmpty ? "" : part.component + ", "
      rows.append([part.name, component + "\(Text.count(part.count)) parameters"])
    }
    rows.append(["in all", "\(Text.count(run.model.parameterCount)) parameters"])
    for (stage, line) in metrics.map({ ("", $0) })
      + stages.flatMap({ stage in stage.metrics.map { (stage.name + " ", $0) } })
    {
      let terms = line.terms.map { "\($0.name) \(Text.fixed($0.value))" }.joined(separator: ", ")
      rows.append([
        stage + line.split.rawValue,
        "loss \(Text.fixed(line.loss)) (\(terms)), epoch \(line.epoch), step "
          + Text.count(line.step),
      ])
    }
    return Text.table(rows)
  }
}
