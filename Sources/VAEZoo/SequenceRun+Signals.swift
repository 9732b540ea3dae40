extension SequenceRun {
  /// A picture of generated signals, in the unit of the data.
  public func picture(of signals: Sequences, title: String, subtitle: String? = nil) -> Image {
    sheet([inUnits(signals)], title: title, subtitle: subtitle)
  }

  /// A picture of signals and of what the model tells of each from the posterior's mean alone.
  public func picture(
    ofReconstructed signals: Sequences, title: String, subtitle: String? = nil
  ) -> Image {
    var key = configuration.key(.pictures)
    let told = model.generate(
      from: model.codes(of: signals), by: .greedy, maximumLength: signals.time, using: &key)
    let reconstructions = Sequences(values: told.values, lengths: signals.lengths)
    return sheet(
      [inUnits(signals), inUnits(reconstructions)], title: title, subtitle: subtitle)
  }

  private func inUnits(_ signals: Sequences) -> Sequences { scaling?.invert(signals) ?? signals }

  /// Lines of a few features, or spectrograms of many; the second state, if any, is what the model
  /// made of the first.
  private func sheet(_ states: [Sequences], title: String, subtitle: String?) -> Image {
    let features = model.stepShape[0]
    let frames = states.map { signals in
      (0..<signals.count).map { signals.rows($0..<($0 + 1)).values.floats }
    }
    if features <= 4 {
      var sheet =
        frames.count == 2
        ? SeriesSheet.comparison(
          originals: frames[0], reconstructions: frames[1], featureCount: features, title: title)
        : SeriesSheet.contact(frames[0], featureCount: features, title: title)
      sheet.subtitle = subtitle
      return sheet.rendered()
    }
    var sheet =
      frames.count == 2
      ? ImageSheet.spectrograms(
        originals: frames[0], reconstructions: frames[1], featureCount: features, title: title)
      : ImageSheet.spectrograms(frames[0], featureCount: features, title: title)
    sheet.subtitle = [subtitle, sheet.subtitle].compactMap { $0 }.joined(separator: "; ")
    return sheet.rendered()
  }
}
