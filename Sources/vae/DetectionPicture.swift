import VAEZoo

/// The strangest and the most ordinary examples, or the score drawn under a series.
struct DetectionPicture {
  let report: DetectionReport
  let caption: String

  /// Nil of what has no picture, such as text.
  func drawn<R: Run>(
    _ parts: [(name: String, dataset: R.Part)], of run: R
  ) throws -> Image? {
    if let images = parts[0].dataset as? ImageDataset {
      return try sheet(of: images, count: 24).rendered()
    }
    let sequences = parts.compactMap { part in
      (part.dataset as? SequenceDataset).map { (part.name, $0) }
    }
    guard let run = run as? SequenceRun, sequences.first?.1.windows != nil else { return nil }
    return try series(of: sequences, scaling: run.scaling)?.rendered()
  }

  private var subtitle: String {
    "score \(report.detector.score.rawValue), threshold \(Text.fixed(report.detector.threshold)); "
      + caption
  }

  /// Two rows of the strangest and two of the most ordinary.
  private func sheet(of images: ImageDataset, count: Int) throws -> ImageSheet {
    let ordered = report.strangest
    func cells(_ examples: some Collection<ScoredExample>) throws -> [ImageSheet.Cell] {
      let pictures = try Image.batch(try images.images(at: examples.map(\.place)))
      return zip(pictures, examples).map {
        ImageSheet.Cell($0, caption: Text.fixed($1.score, abs($1.score) < 100 ? 1 : 0))
      }
    }
    let shown = min(count, ordered.count)
    let (strange, ordinary) = (
      try cells(ordered.prefix(shown)), try cells(ordered.reversed().prefix(shown))
    )
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
  private func series(
    of parts: [(name: String, dataset: SequenceDataset)], scaling: FrameScaling?
  ) throws -> SeriesPlot? {
    guard let strangest = report.strangest.first, let chosen = strangest.window?.series,
      let plan = parts[0].dataset.windows
    else { return nil }
    var values = [Double](repeating: .nan, count: plan.series[chosen].length)
    let windows = report.examples.filter { $0.window?.series == chosen }
    for (name, dataset) in parts {
      let places = windows.filter { $0.part == name }.map(\.place)
      for start in stride(from: 0, to: places.count, by: 256) {
        let batch = Array(places[start..<min(start + 256, places.count)])
        var steps = try dataset.sequences(at: batch)
        if let scaling { steps = scaling.invert(steps) }
        let (numbers, width) = (steps.values.floats, steps.values.shape[2])
        for (row, place) in batch.enumerated() {
          guard let window = dataset.windows?.windows[place] else { continue }
          for step in 0..<window.length {
            values[window.start + step] = Double(numbers[(row * steps.time + step) * width])
          }
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
      title: plan.series[chosen].name.split(separator: "/").last.map(String.init),
      subtitle: subtitle)
  }
}
