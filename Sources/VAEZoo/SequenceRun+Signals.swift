extension SequenceRun {
  /// A picture of generated signals, in the unit of the data.
  public func picture(of signals: Sequences, title: String, subtitle: String? = nil) -> Image {
    let (frames, count) = (frames(of: signals), model.stepShape[0])
    guard drawsSpectrograms else {
      return SeriesSheet.contact(
        frames, featureCount: count, title: Self.heading(title, subtitle)
      ).rendered()
    }
    var sheet = ImageSheet.spectrograms(frames, featureCount: count, title: title)
    sheet.subtitle = subtitle
    return sheet.rendered()
  }

  /// A picture of signals and of what the model tells of each from the posterior's mean alone.
  public func picture(
    ofReconstructed signals: Sequences, title: String, subtitle: String? = nil
  ) -> Image {
    var key = configuration.key(.pictures)
    let told = model.generate(
      from: model.codes(of: signals), by: .greedy, maximumLength: signals.time, using: &key)
    let originals = frames(of: signals)
    let reconstructions = frames(of: Sequences(values: told.values, lengths: signals.lengths))
    let count = model.stepShape[0]
    guard drawsSpectrograms else {
      return SeriesSheet.comparison(
        originals: originals, reconstructions: reconstructions, featureCount: count,
        title: Self.heading(title, subtitle)
      ).rendered()
    }
    var sheet = ImageSheet.spectrograms(
      originals: originals, reconstructions: reconstructions, featureCount: count, title: title)
    sheet.subtitle = subtitle
    return sheet.rendered()
  }

  /// Lines show a few features, spectrograms many.
  private var drawsSpectrograms: Bool { model.stepShape[0] > 6 }

  private static func heading(_ title: String, _ subtitle: String?) -> String {
    subtitle.map { "\(title): \($0)" } ?? title
  }

  /// The real steps of each signal, `[time, features]`, in the unit of the data.
  private func frames(of signals: Sequences) -> [[Float]] {
    let own = scaling?.invert(signals) ?? signals
    return (0..<own.count).map { own.rows($0..<($0 + 1)).values.floats }
  }
}
