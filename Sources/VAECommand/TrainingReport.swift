import VAEZoo

/// What a training run came to, for a person and for a program.
struct TrainingReport {
  let summary: TrainingSummary
  private let profile: ProfileReport?
  private let test: EpochMetrics?
  /// That the posterior has collapsed, in words.
  private let collapse: String?
  private let folder: RunFolder
  /// Whether the model reconstructs what it sees.
  private let reconstructs: Bool

  init(
    _ summary: TrainingSummary, _ profile: ProfileReport?, test: EpochMetrics?, collapse: String?,
    folder: RunFolder, reconstructs: Bool
  ) {
    self.summary = summary
    self.profile = profile
    self.test = test
    self.collapse = collapse
    self.folder = folder
    self.reconstructs = reconstructs
  }

  var text: String {
    var lines: [String] = []
    if let test {
      lines.append("test loss \(Self.loss(test.loss, of: test))\(Self.terms(test))")
    } else if let last = summary.last {
      let name = last.validation == nil ? "training" : "validation"
      lines.append(
        "\(name) loss \(Self.loss(last.monitoredLoss, of: last.validation ?? last.train))"
          + Self.terms(last.validation ?? last.train) + "; the data has no test part")
    }
    if let best = summary.bestEpoch, best < summary.epochs {
      lines.append("the weights kept are those of epoch \(best)")
    }
    if let collapse { lines.append("warning: \(collapse)") }
    let folders = [folder.samples] + (reconstructs ? [folder.reconstructions] : [])
    lines.append("pictures: \(folder.path)/curves.png, \(folders.joined(separator: ", "))")
    if let profile {
      lines += [""] + profile.table + [""]
      lines.append(
        "profile: \(folder.profileTable), by shape too; \(folder.profileTrace) opens in "
          + "https://ui.perfetto.dev")
    }
    return lines.joined(separator: "\n")
  }

  var json: ConfigurationValue {
    var result: ConfigurationValue = [
      "run": .string(folder.path), "ending": .string(summary.ending.rawValue),
      "epochs": .int(summary.epochs), "steps": .int(summary.steps),
    ]
    result["best_epoch"] = summary.bestEpoch.map { .int($0) }
    result["train"] = summary.last.map { Self.json($0.train) }
    result["validation"] = summary.last?.validation.map(Self.json)
    result["test"] = test.map(Self.json)
    result["collapse"] = collapse.map { .string($0) }
    result["model"] = .string(folder.model)
    result["samples"] = .string(folder.samples)
    if profile != nil {
      result["profile"] = .string(folder.profileTable)
      result["trace"] = .string(folder.profileTrace)
    }
    if reconstructs { result["reconstructions"] = .string(folder.reconstructions) }
    return result
  }

  /// A loss with its unit, which has one where observations have a density.
  private static func loss(_ loss: Double, of metrics: EpochMetrics) -> String {
    Text.fixed(loss) + (metrics.isInNats ? " nats an example" : "")
  }

  private static func terms(_ metrics: EpochMetrics) -> String {
    let terms = metrics.terms.filter { $0.name != "elbo" }
    guard !terms.isEmpty else { return "" }
    return " ("
      + terms.map { "\($0.name) \(Text.fixed($0.value))" }.joined(separator: ", ") + ")"
  }

  static func json(_ metrics: EpochMetrics) -> ConfigurationValue {
    var result: ConfigurationValue = ["loss": .double(metrics.loss)]
    for term in metrics.terms { result[term.name] = .double(term.value) }
    result["examples"] = .int(metrics.exampleCount)
    result["seconds"] = .double(metrics.seconds)
    return result
  }
}

extension Text {
  /// A path as a shell takes it.
  static func quoted(_ path: String) -> String {
    let plain = path.utf8.allSatisfy {
      switch $0 {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"):
        true
      default: "_-./+=:,@%".utf8.contains($0)
      }
    }
    guard !plain || path.isEmpty else { return path }
    return "'"
      + path.split(separator: "'", omittingEmptySubsequences: false)
      .joined(separator: "'\\''") + "'"
  }
}
