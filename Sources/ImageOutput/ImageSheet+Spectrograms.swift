extension Image {
  /// Makes a picture of frames `[time, features]`: time runs to the right, features upwards.
  ///
  /// Colours go from dark blue at the lower end of `range` to yellow at its upper; a value that is NaN
  /// is magenta.
  public init(frames: [Float], featureCount: Int, range: ClosedRange<Float>) {
    precondition(
      featureCount > 0 && frames.count.isMultiple(of: featureCount),
      "\(frames.count) values are not frames of \(featureCount)")
    let time = frames.count / featureCount
    self.init(height: featureCount, width: time, color: .black)
    let width = range.upperBound - range.lowerBound
    for step in 0..<time {
      for feature in 0..<featureCount {
        let value = frames[step * featureCount + feature]
        let share = width > 0 ? (value - range.lowerBound) / width : 0.5
        set(
          value.isNaN ? .notANumber : ColorScale.color(share),
          at: (featureCount - 1 - feature) * time + step)
      }
    }
  }
}

extension ImageSheet {
  /// Frames of sound or other series as spectrograms, one after the other.
  ///
  /// - Parameters:
  ///   - frames: What is shown, `[time, features]` each.
  ///   - featureCount: Numbers in a frame.
  ///   - columns: Spectrograms in a row.
  ///   - captions: What stands under them, as far as it goes.
  ///   - title: The heading.
  /// - Returns: The sheet, to change further or to draw.
  public static func spectrograms(
    _ frames: [[Float]], featureCount: Int, columns: Int = 4, captions: [String] = [],
    title: String? = nil
  ) -> ImageSheet {
    let range = range(of: frames)
    let sheet = contact(
      frames.map { Image(frames: $0, featureCount: featureCount, range: range) },
      columns: columns, captions: captions, title: title)
    return sheet.asSpectrograms(range, columns: columns)
  }

  /// Rows of originals as spectrograms, under each of them what the model made of it.
  ///
  /// - Parameters:
  ///   - originals: What the model was shown, `[time, features]` each; their values set the colours.
  ///   - reconstructions: What it gave back, in the same order.
  ///   - featureCount: Numbers in a frame.
  ///   - columns: Pairs beside one another; the rest continues in a further pair of rows.
  ///   - title: The heading.
  /// - Returns: The sheet, to change further or to draw.
  public static func spectrograms(
    originals: [[Float]], reconstructions: [[Float]], featureCount: Int, columns: Int = 4,
    title: String? = nil
  ) -> ImageSheet {
    let range = range(of: originals)
    func images(_ frames: [[Float]]) -> [Image] {
      frames.map { Image(frames: $0, featureCount: featureCount, range: range) }
    }
    var sheet = comparison(
      originals: images(originals), reconstructions: images(reconstructions), columns: columns,
      title: title)
    sheet.gap = 6
    return sheet.asSpectrograms(range, columns: columns)
  }

  /// The least and the greatest finite value.
  private static func range(of frames: [[Float]]) -> ClosedRange<Float> {
    var (low, high) = (Float.infinity, -Float.infinity)
    for value in frames.joined() where value.isFinite {
      (low, high) = (min(low, value), max(high, value))
    }
    return low <= high ? low...high : 0...1
  }

  /// About 96 pixels high, and a line that says what the colours mean.
  private func asSpectrograms(_ range: ClosedRange<Float>, columns: Int) -> ImageSheet {
    var sheet = self
    let images = rows.joined().compactMap(\.image)
    let (height, width) = (images.map(\.height).max() ?? 1, images.map(\.width).max() ?? 1)
    sheet.scale = max(1, min(96 / max(1, height), 1600 / max(1, width * columns)))
    func text(_ value: Float) -> String { decimal(Double(value), digits: 1) }
    sheet.subtitle =
      "time to the right, features upwards; dark is \(text(range.lowerBound)), light "
      + text(range.upperBound)
    return sheet
  }
}
