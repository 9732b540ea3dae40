public import ComponentRegistry

// The settings say what they are.
// swift-format-ignore: AllPublicDeclarationsHaveDocumentation
/// How real-valued series and sound become sequences of frames.
public struct SignalOptions: ComponentOptions, Equatable {
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

  @Setting(
    "The columns of a table, or the signals of a record, that are features: names, or numbers from "
      + "1; empty for all that hold numbers.")
  public var columns: [String] = []
  @Setting("The column of a table that holds labels: a name, or a number from 1.")
  public var labelColumn: String? = nil
  @Setting("What stands between the columns of a table; null finds it out.")
  public var separator: TableOptions.Separator? = nil
  @Setting("What stands before the decimals of numbers in a table; null finds it out.")
  public var decimal: TableOptions.Decimal? = nil
  @Setting("Whether a table's first row is a header; null finds it out.")
  public var header: Bool? = nil
  @Setting(
    "Whether recordings of a folder, and rows that are examples, are passed over where they cannot be "
      + "read rather than an error.")
  public var skipBad = false
  @Setting(
    "Steps of the windows that long series are cut into; null makes every series one example.",
    .from(1...(1 << 30)))
  public var window: Int? = nil
  @Setting(
    "Steps from the start of one window to that of the next; null for the window's own length.",
    .from(1...(1 << 30)))
  public var stride: Int? = nil
  @Setting(
    "A JSON file of the anomalous times of each series, in the form of NAB's combined_windows.json."
  )
  public var anomalies: String? = nil
  @Setting(
    "Whether the training part keeps only examples of class 0; the others join the test part.")
  public var trainsOnNormal = false

  @Setting(
    "The samples in a second that sound is brought to; null keeps the recordings' own.",
    .from(1...(1 << 30)))
  public var sampleRate: Int? = nil
  @Setting("What a frame of sound holds.")
  public var representation = Representation.logMel
  @Setting("The bands of log_mel.", .from(1...(1 << 30)))
  public var bands = 40
  @Setting("The length of a frame of sound, in milliseconds.", .milliseconds)
  public var frameLength = 25.0
  @Setting(
    "From the start of one frame of sound to that of the next, in milliseconds; frames of samples "
      + "lie side by side, whatever it is.", .milliseconds)
  public var hop = 10.0

  @Setting("The most steps that an example has; null sets no limit.", .from(1...(1 << 30)))
  public var maximumLength: Int? = nil
  @Setting("What is done with a longer one.")
  public var tooLong = TooLong.error
  @Setting("The scale that frames are brought to.")
  public var scaling = Scaling.standardize
  @Setting(
    "The share of the examples that becomes the test part, where the data sets none aside: the last "
      + "windows of long series, of anything else a choice by lot that is always the same.", .share)
  public var testFraction = 0.0

  /// The options that fit most data.
  public init() {}

  /// How tables are written.
  var table: TableOptions {
    var table = TableOptions()
    (table.separator, table.decimal, table.header) = (separator, decimal, header)
    return table
  }

  /// A stride is one of windows.
  public func validate() throws(ConfigurationError) {
    guard stride == nil || window != nil else {
      throw ConfigurationError("means nothing without a window; give both", at: ["stride"])
    }
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

extension Rule where Value == Double {
  fileprivate static var milliseconds: Rule {
    Rule("a number above 0, at most 60000") { $0 > 0 && $0 <= 60_000 }
  }
}
