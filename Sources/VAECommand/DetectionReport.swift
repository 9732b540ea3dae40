import VAEZoo

/// An example with its score.
struct ScoredExample {
  let part: String
  /// Its place in its part, from 0.
  let place: Int
  /// Its file, where it has one of its own.
  let file: String?
  let score: Double
  let label: String?
  /// Whether it is known to be an anomaly; nil where nobody knows.
  let isAnomaly: Bool?
  /// The part of a series it is.
  let window: WindowPlan.Window?
  let series: String?

  static func list<Part: Dataset>(
    _ part: (name: String, dataset: Part), scores: [Double], _ strange: AnomalousClasses?,
    windows plan: WindowPlan?
  ) -> [ScoredExample] {
    let (dataset, labels) = (part.dataset, part.dataset.labelNames)
    return scores.indices.map { place in
      let window = plan?.windows[place]
      return ScoredExample(
        part: part.name, place: place, file: dataset.fileName(of: place), score: scores[place],
        label: labels?[place],
        isAnomaly: strange.map { $0.contains(place, of: dataset) }, window: window,
        series: window.flatMap { plan?.series[$0.series].name })
    }
  }
}

/// What was found, for a person, a program and a table.
struct DetectionReport {
  let detector: AnomalyDetector
  let examples: [ScoredExample]
  let normalCount: Int
  let data: String
  let out: String

  /// The examples, strangest first; a score that is no number is the strangest.
  var strangest: [ScoredExample] {
    examples.sorted {
      ($0.score.isNaN ? .infinity : $0.score) > ($1.score.isNaN ? .infinity : $1.score)
    }
  }

  private var anomalous: Int { examples.count { detector.isAnomalous($0.score) } }

  private var ranking: RankingMetrics? {
    let known = examples.filter { $0.isAnomaly != nil }
    return RankingMetrics(
      scores: known.map(\.score), isPositive: known.map { $0.isAnomaly == true })
  }

  /// A CSV with a line an example, windows in the order of their series.
  var lines: [String] {
    let hasFiles = examples.contains { $0.file != nil }
    let hasLabels = examples.contains { $0.label != nil }
    let hasWindows = examples.contains { $0.window != nil }
    let header =
      ["part", "index"] + (hasFiles ? ["file"] : []) + ["score", "anomalous"]
      + (hasLabels ? ["label"] : []) + (hasWindows ? ["series", "start", "end"] : [])
    var places: [String: Int] = [:]
    for example in examples {
      if let series = example.series, places[series] == nil { places[series] = places.count }
    }
    func place(_ example: ScoredExample) -> (Int, Int) {
      (places[example.series ?? ""] ?? 0, example.window?.start ?? 0)
    }
    let ordered = hasWindows ? examples.sorted { place($0) < place($1) } : examples
    return [header.joined(separator: ",")]
      + ordered.map { example in
        var fields = [example.part, "\(example.place)"]
        if hasFiles { fields.append(Text.csvField(example.file ?? "")) }
        fields += ["\(example.score)", detector.isAnomalous(example.score) ? "1" : "0"]
        if hasLabels { fields.append(Text.csvField(example.label ?? "")) }
        if let window = example.window {
          fields += [
            Text.csvField(example.series ?? ""), "\(window.start)",
            "\(window.start + window.length)",
          ]
        }
        return fields.joined(separator: ",")
      }
  }

  func json(run: String, picture: String?) -> ConfigurationValue {
    var tree: ConfigurationValue = [
      "run": .string(run), "data": .string(data), "score": .string(detector.score.rawValue),
      "examples": .int(examples.count), "normal_examples": .int(normalCount),
      "threshold": .double(detector.threshold), "anomalous": .int(anomalous),
      "file": .string(out),
    ]
    if let first = strangest.first {
      tree["strangest"] = [
        "part": .string(first.part), "index": .int(first.place), "score": .double(first.score),
      ]
      tree[["strangest", "file"]] = first.file.map { .string($0) }
    }
    tree["picture"] = picture.map { .string($0) }
    tree["auroc"] = ranking.map { .double($0.areaUnderROC) }
    tree["average_precision"] = ranking.map { .double($0.averagePrecision) }
    return tree
  }

  var text: String {
    let share = Text.fixed(Double(anomalous) / Double(examples.count) * 100, 1)
    var rows = [
      ["examples", "\(Text.count(examples.count)) of \(data)"],
      [
        "threshold",
        "\(Text.fixed(detector.threshold)) nats, by \(Text.count(normalCount)) normal examples",
      ],
      ["anomalous", "\(Text.count(anomalous)) (\(share) %)"],
    ]
    if let ranking {
      let known = examples.count { $0.isAnomaly == true }
      rows += [
        ["AUROC", "\(Text.fixed(ranking.areaUnderROC, 3)), \(Text.count(known)) known anomalies"],
        ["average precision", Text.fixed(ranking.averagePrecision, 3)],
      ]
    }
    if let first = strangest.first {
      let place =
        first.window.map { "steps \($0.start) to \($0.start + $0.length) of \(first.series ?? "")" }
        ?? first.file ?? "example \(first.place)"
        + (first.part == "all" ? "" : " of the \(first.part) part")
      rows.append(["strangest", "\(Text.fixed(first.score)) nats, \(place)"])
    }
    return Text.table(rows)
  }
}
