/// Series and sound: sequences of frames of numbers.
public struct SignalDomain: SequenceDomain {
  /// How series and sounds are read and divided into frames.
  public typealias Reading = SignalOptions
  /// How signals are generated.
  public typealias Showing = SequenceShowing

  /// Written `{features: 40, longest: 98, scaling: ...}`.
  public struct Format: Codable, Sendable, Equatable {
    /// Numbers of a frame.
    public var features: Int
    /// Frames of the longest signal of the data.
    public var longest: Int
    /// The scale that frames were brought to; nil where they were not.
    public var scaling: Standardization?
    /// What frames are beyond their numbers; nil in runs that did not keep it.
    public var origin: FrameOrigin?
  }

  public static let name = "signals"
  public static let summary = "series and sound: sequences of frames of numbers"
  public static var builtIn: [Datasets.Entry] { Datasets.builtInSignals }
  public static var formats: [Datasets.Entry] { Datasets.signalFormats }
  /// By the ending of the file's name.
  public static func preset(fitting path: String) -> String? {
    switch DataKind(guessedFrom: path) {
    case .series: "series-mlp"
    case .sound: "audio-frames"
    default: nil
    }
  }

  /// Series as wholes, those that are long in windows; sound frame by frame.
  public static func recipe(fitting path: String, _ reading: SignalOptions) throws -> Recipe? {
    if DataKind(guessedFrom: path) == .sound {
      // The scale, which takes reading all of it, is left for later.
      var plain = reading
      plain.scaling = .none
      let count = try SignalDataset.open(path, options: plain).splits.train.count
      return Recipe("audio-frames", for: "sound", exampleCount: count)
    }
    var (reading, changes) = (reading, ConfigurationValue.mapping([]))
    if reading.window == nil, let length = try SignalDataset.longSeries(path, reading) {
      let window = min(128, max(1, length / 4))
      (reading.window, reading.stride) = (window, max(1, window / 4))
      changes = ["data": ["window": .int(window), "stride": .int(max(1, window / 4))]]
    }
    let (domain, splits) = try open(path, reading, as: nil)
    return Recipe(
      "series-mlp", for: "series of \(domain.summary)", exampleCount: splits.train.count,
      changing: changes)
  }

  public let format: Format

  private init(_ format: Format) { self.format = format }

  /// Signals of a format.
  public init(_ format: Format, in folder: RunFolder) throws(ConfigurationError) {
    let features = format.features
    guard (1...(1 << 20)).contains(features), (1...(1 << 24)).contains(format.longest),
      format.scaling.map({ $0.means.count == features && $0.deviations.count == features }) ?? true
    else {
      throw ConfigurationError(
        "expected the features, the longest and the scaling of signals", at: ["observation"])
    }
    self.init(format)
  }

  /// Of one feature and of several.
  public static var standIns: [SignalDomain] {
    [1, 5].map { SignalDomain(Format(features: $0, longest: 8 * $0, scaling: nil)) }
  }

  /// Opens signals; the training part decides the scale unless it is known.
  public static func open(
    _ path: String, _ reading: SignalOptions, as known: SignalDomain?
  ) throws -> (domain: SignalDomain, splits: DatasetSplits<SequenceDataset>) {
    var reading = reading
    if let origin = known?.format.origin {
      // A model knows its columns by their names, and hears sound at one rate.
      if reading.columns.isEmpty { reading.columns = origin.columns ?? [] }
      if let rate = origin.sampleRate {
        guard reading.sampleRate ?? rate == rate else {
          throw ObservationError(
            "\(path): the model was trained on sound of \(rate) samples a second; leave "
              + "data.sample_rate out, and any sound is brought to that")
        }
        reading.sampleRate = rate
      }
    }
    let (splits, scaling) = try SignalDataset.open(
      path, options: reading, scaling: known?.format.scaling)
    let features = splits.train.format.stepShape[0]
    guard let known else {
      let longest = [splits.train, splits.validation, splits.test].compactMap { $0?.longest ?? nil }
        .max()
      return (
        SignalDomain(
          Format(
            features: features, longest: longest ?? 1, scaling: scaling,
            origin: splits.train.origin == FrameOrigin() ? nil : splits.train.origin)), splits
      )
    }
    guard known.format.features == features else {
      throw ObservationError(
        "\(path): its frames have \(features) features, but the model was trained on "
          + "\(known.format.features); read it as the run's config.yaml says")
    }
    return (known, splits)
  }

  public var summary: String {
    let numbers = format.features == 1 ? "1 number" : "\(format.features) numbers"
    return "up to \(format.longest) frames of \(numbers)"
  }

  public var longest: Int { format.longest }
  /// Frames.
  public var steps: SequenceFormat { .frames(featureCount: format.features) }

  /// Fewer than images: each has a panel.
  public static var counts: (samples: Int, pairs: Int) { (12, 12) }

  /// Signals, frame by frame, as long as what they stand for.
  public func decoded(
    _ codes: Tensor, by model: any LatentModel<Sequences>, like original: Sequences?,
    _ showing: SequenceShowing, using key: inout RandomKey
  ) -> Sequences {
    let signals = model.generate(
      from: codes, by: showing.rule,
      maximumLength: original?.time ?? showing.maximumLength ?? format.longest, using: &key)
    return original.map { Sequences(values: signals.values, lengths: $0.lengths) } ?? signals
  }

  /// Lines of a few features, or spectrograms of many, in the unit of the data.
  public func exhibit(
    _ states: [State<Sequences>], _ showing: SequenceShowing, title: String, subtitle: String
  ) -> Exhibit {
    let features = format.features
    let numbers = states.last.map { Exhibit.Numbers(endingInNaN(inUnits($0.x))) }
    let frames = states.map { state in
      let signals = inUnits(state.x)
      return (0..<signals.count).map { signals.rows($0..<($0 + 1)).values.floats }
    }
    if features <= 4 {
      var sheet =
        frames.count == 1
        ? SeriesSheet.contact(frames[0], featureCount: features, title: title)
        : SeriesSheet.comparison(
          originals: frames[0], reconstructions: frames[1], featureCount: features, title: title)
      sheet.subtitle = subtitle
      return .picture(sheet.rendered(), numbers)
    }
    var sheet =
      frames.count == 1
      ? ImageSheet.spectrograms(frames[0], featureCount: features, title: title)
      : ImageSheet.spectrograms(
        originals: frames[0], reconstructions: frames[1], featureCount: features, title: title)
    sheet.subtitle = [subtitle, sheet.subtitle].compactMap { $0 }.joined(separator: "; ")
    return .picture(sheet.rendered(), numbers)
  }

  private func endingInNaN(_ signals: Sequences) -> Tensor {
    let real = signals.mask().expanded(at: -1)
    // 0 where steps are real, and 0 / 0 behind the end.
    return signals.values + (real / real - 1)
  }

  private func inUnits(_ signals: Sequences) -> Sequences {
    format.scaling?.invert(signals) ?? signals
  }

  /// The windows that long series were cut into.
  public func windows(of part: SequenceDataset) -> WindowPlan? { part.windows }

  /// The first feature.
  public func steps(of part: SequenceDataset, at places: [Int]) throws -> [[Double]] {
    let signals = inUnits(try part.sequences(at: places))
    let (values, width) = (signals.values.floats, format.features)
    return (0..<signals.count).map { row in
      (0..<signals.lengths[row]).map { Double(values[(row * signals.time + $0) * width]) }
    }
  }
}

extension Family {
  /// Series and sound.
  public static let signals = Family { $0.add(SignalDomain.self) }
}
