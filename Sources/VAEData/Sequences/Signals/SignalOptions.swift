/// How real-valued series and sound become sequences of frames.
public struct SignalOptions: Codable, Sendable, Equatable {
  /// What a frame of sound holds.
  public enum Representation: String, Codable, Sendable, CaseIterable {
    /// The logarithm of the power in bands that are equally wide to the ear.
    case logMel = "log_mel"
    /// The logarithm of the magnitude at each frequency of the short-time Fourier transform.
    case spectrum
    /// The samples themselves, frames side by side.
    case samples
  }

  /// What is done with a sequence longer than `maximumLength`.
  public enum TooLong: String, Codable, Sendable, CaseIterable {
    /// It is an error that names the sequence.
    case error
    /// It is left out.
    case skip
    /// Its beginning is kept.
    case truncate
  }

  /// The scale that frames are brought to.
  public enum Scaling: String, Codable, Sendable, CaseIterable {
    /// Frames stay as they are.
    case none
    /// Every feature gets mean 0 and deviation 1 over the training part.
    case standardize
  }

  /// The columns of a table, or the signals of a record, that are features: names, or numbers from 1.
  ///
  /// Empty for all that hold numbers.
  public var columns: [String] = []
  /// The column of a table that holds labels: a name, or a number from 1.
  public var labelColumn: String?
  /// Steps of the windows that long series are cut into; nil makes every series one example.
  public var window: Int?
  /// Steps from the start of one window to that of the next; nil for the window's own length.
  public var stride: Int?
  /// A JSON file of the anomalous times of each series, in the form of NAB's `combined_windows.json`.
  public var anomalies: String?
  /// Whether the training part keeps only examples of class 0; the others join the test part.
  public var trainsOnNormal = false

  /// The samples in a second that sound is brought to; nil keeps the recordings' own.
  public var sampleRate: Int?
  /// What a frame of sound holds.
  public var representation = Representation.logMel
  /// The bands of ``Representation/logMel``.
  public var bands = 40
  /// The length of a frame of sound, in milliseconds.
  public var frameLength = 25.0
  /// From the start of one frame of sound to that of the next, in milliseconds.
  ///
  /// Frames of ``Representation/samples`` lie side by side, whatever it is.
  public var hop = 10.0

  /// The most steps that an example has; nil sets no limit.
  public var maximumLength: Int?
  /// What is done with a longer one.
  public var tooLong = TooLong.error
  /// The scale that frames are brought to.
  public var scaling = Scaling.standardize
  /// The share of the examples that becomes the test part, in [0, 1), where the data sets none aside.
  ///
  /// Of the windows of long series it is the last ones; of anything else, a choice by lot that is
  /// always the same.
  public var testFraction = 0.0

  /// The options that fit most data.
  public init() {}

  /// The first option that makes no sense, as configurations call it, and what is wrong with it.
  package var problem: (key: String, sentence: String)? {
    let counts: [(String, String, Int?)] = [
      ("window", "window", window), ("stride", "stride", stride),
      ("sample_rate", "sample rate", sampleRate), ("bands", "number of bands", bands),
      ("maximum_length", "maximum length", maximumLength),
    ]
    for case (let key, let name, let count?) in counts where !(1...(1 << 30)).contains(count) {
      return (key, "a \(name) of \(count) means nothing; give 1 or more")
    }
    for (key, name, time) in [("frame_length", "frame", frameLength), ("hop", "hop", hop)]
    where !(time > 0 && time <= 60_000) {
      return (key, "a \(name) of \(time) ms means nothing; give more than 0 and at most 60000")
    }
    if stride != nil && window == nil {
      return ("stride", "a stride means nothing without a window; give both")
    }
    guard (0..<1).contains(testFraction) else {
      return (
        "test_fraction", "a test part of \(testFraction) of the data means nothing; give 0 to 1"
      )
    }
    return nil
  }

  func validate(for path: String) throws(DataError) {
    if let problem { throw DataError(.usage, path, "\(problem.sentence).") }
  }

  /// Makes sure that no window is asked for of what is not cut into windows.
  func requireNoWindow(_ path: String) throws(DataError) {
    guard window == nil else {
      throw DataError(
        .usage, path,
        "is no long series, and is not cut into windows; leave the window out, or limit the length."
      )
    }
  }
}
