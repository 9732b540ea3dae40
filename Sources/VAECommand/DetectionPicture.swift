import VAEZoo

/// The strangest and the most ordinary examples, or the score drawn under a series.
struct DetectionPicture {
  let report: DetectionReport
  let caption: String

  /// Nil of what has no picture, such as text.
  func drawn<D: Domain>(
    _ parts: [(name: String, dataset: D.Part)], of run: Run<D>, _ data: RunData<D>
  ) throws -> Image? {
    if run.domain.windows(of: parts[0].dataset) != nil {
      return try series(of: parts, run.domain)?.rendered()
    }
    return try sheet(of: parts[0].dataset, run.domain, data, count: 24)?.rendered()
  }

  private var subtitle: String {
    "score \(report.detector.score.rawValue), threshold \(Text.fixed(report.detector.threshold)); "
      + caption
  }

  /// Two rows of the strangest and two of the most ordinary.
  private func sheet<D: Domain>(
    of part: D.Part, _ domain: D, _ data: RunData<D>, count: Int
  ) throws -> ImageSheet? {
    let ordered = report.strangest
    func cells(_ examples: some Collection<ScoredExample>) throws -> [ImageSheet.Cell]? {
      let chosen = part.subset(examples.map(\.place))
      guard let batch = try data.batch(of: chosen),
        let pictures = try domain.pictures(of: batch.observations)
      else { return nil }
      return zip(pictures, examples).map {
        ImageSheet.Cell($0, caption: Text.fixed($1.score, abs($1.score) < 100 ? 1 : 0))
      }
    }
    let shown = min(count, ordered.count)
    guard let strange = try cells(ordered.prefix(shown)),
      let ordinary = try cells(ordered.reversed().prefix(shown))
    else { return nil }
    let perRow = max(1, (shown + 1) / 2)
    func rows(_ cells: [ImageSheet.Cell]) -> [[ImageSheet.Cell]] {
      stride(from: 0, to: cells.count, by: perRow).map {
        Array(cells[$0..<min($0 + perRow, cells.count)])
      }
    }
    var sheet = ImageSheet(
      rows: rows(strange) + rows(ordinary), title: "The strangest and the most ordinary")
    let perGroup = rows(strange).count
    sheet.rowsPerGroup = perGroup
    let blanks = Array(repeating: "", count: perGroup - 1)
    sheet.rowLabels = ["strangest"] + blanks + ["ordinary"] + blanks
    sheet.subtitle = subtitle
    return sheet
  }

  /// The series that holds the strangest window, of its first feature, in the data's own units.
  private func series<D: Domain>(
    of parts: [(name: String, dataset: D.Part)], _ domain: D
  ) throws -> SeriesPlot? {
    // Parts that come from other files have series of their own.
    guard let strangest = report.strangest.first, let chosen = strangest.series,
      let part = parts.first(where: { $0.name == strangest.part })?.dataset,
      let series = domain.windows(of: part)?.series.first(where: { $0.name == chosen })
    else { return nil }
    var values = [Double](repeating: .nan, count: series.length)
    let windows = report.examples.filter {
      $0.series == chosen && ($0.window?.steps.upperBound ?? .max) <= series.length
    }
    for (name, dataset) in parts {
      let own = windows.filter { $0.part == name }
      for start in stride(from: 0, to: own.count, by: 256) {
        let batch = own[start..<min(start + 256, own.count)]
        let steps = try domain.steps(of: dataset, at: batch.map(\.place))
        for (example, numbers) in zip(batch, steps) {
          guard let window = example.window else { continue }
          for (step, value) in zip(window.steps, numbers) { values[step] = value }
        }
      }
    }
    let ordered = windows.sorted { ($0.window?.start ?? 0) < ($1.window?.start ?? 0) }
    return SeriesPlot(
      values,
      scores: ordered.compactMap { example in
        example.window.map { SeriesPlot.Score($0.steps, example.score) }
      }, threshold: report.detector.threshold,
      marked: ordered.filter { $0.isAnomaly == true }.compactMap { $0.window?.steps },
      rowCount: min(12, max(1, values.count / 2000)),
      title: chosen.split(separator: "/").last.map(String.init),
      subtitle: subtitle)
  }
}
