/// How text is read and divided into tokens.
public struct TextOptions: Codable, Sendable, Hashable {
  /// What is done with a text of more tokens than are allowed.
  public enum TooLong: String, Codable, Sendable, Hashable, CaseIterable {
    /// It is an error that names the text.
    case error
    /// It is left out.
    case skip
    /// Its first tokens are kept, and an end token behind them.
    case truncate
  }

  /// What a token is.
  public var tokenizer = Tokenizer.Kind.words
  /// Whether text is put in lower case first.
  public var lowercase = false
  /// How often a word has to occur in the training part to have a token of its own.
  public var minimumCount = 1
  /// The most tokens of words, the special ones counted; the most frequent are kept. Null keeps all.
  public var maximumVocabulary: Int?
  /// The most pairs of byte-pair encoding.
  public var merges = 2000
  /// The column of a table, or the field of JSON objects, that holds the text: its name, or its
  /// number, counted from 1, in a table without a header.
  public var column: String?
  /// The column or field that holds the class.
  public var labelColumn: String?
  /// The characters of a window, where one long text is cut into examples; null makes each line one.
  public var window: Int?
  /// The characters from one window to the next; those of a window unless told otherwise.
  public var stride: Int?
  /// The most tokens of an example, the end token counted; null allows any number.
  public var maximumLength: Int?
  /// What is done with an example of more tokens.
  public var tooLong = TooLong.error
  /// Whether empty lines are passed over rather than an error.
  public var skipEmpty = false

  /// Lines of words.
  public init() {}

  /// Throws where a number makes no sense.
  func validate(for path: String) throws(DataError) {
    for (name, value, least) in [
      ("minimum_count", minimumCount, 1), ("merges", merges, 0), ("window", window ?? 1, 1),
      ("stride", stride ?? 1, 1), ("maximum_length", maximumLength ?? 2, 2),
      ("maximum_vocabulary", maximumVocabulary ?? 5, 5),
    ] where value < least {
      throw DataError(.usage, path, "\(name) takes a count of at least \(least), not \(value).")
    }
  }
}
