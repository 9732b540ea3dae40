public import ComponentRegistry

// The settings say what they are.
// swift-format-ignore: AllPublicDeclarationsHaveDocumentation
/// How text is read, and how it becomes tokens.
public struct TextOptions: ComponentOptions, Equatable {
  /// What is done with a text of more tokens than `maximumLength`.
  public typealias TooLong = SignalOptions.TooLong

  @Setting("What a token is.")
  public var tokenizer = Tokenizer.Kind.words
  @Setting("Whether capitals become small letters first; for words, characters and byte pairs.")
  public var lowercase = false
  @Setting(
    "How often a word must come in the training part to be in the vocabulary.", .atLeast(1))
  public var minimumCount = 1
  @Setting(
    "The most words of the vocabulary, the most frequent ones; null for all.", .from(1...(1 << 30)))
  public var maximumVocabulary: Int? = nil
  @Setting("How many pairs are joined at most to make byte pairs.", .atLeast(0))
  public var merges = 1000

  @Setting(
    "The column of a table, or the member of objects in JSON, that holds the text: a name, or a "
      + "number from 1; null for the one called text, sentence, smiles or sequence, or the only one; "
      + "of arrays in JSON, the first.")
  public var column: String? = nil
  @Setting(
    "The column or member that holds the label; null for the one called label, class, target or y, "
      + "if there is one; of arrays in JSON, the second.")
  public var labelColumn: String? = nil
  @Setting(
    "Whether a table's first row is a header; null guesses: where it holds a name that is looked for."
  )
  public var header: Bool? = nil
  @Setting("What stands between the columns of a table; null finds it out.")
  public var separator: TableOptions.Separator? = nil
  @Setting(
    "Whether a quotation mark at the start of a table's field encloses it; false where such marks are "
      + "characters like others.")
  public var quoted = true
  @Setting("What begins a line of a table that is no row, such as '#'; null for nothing.")
  public var comment: String? = nil

  @Setting(
    "The length of the windows that one long text is cut into, in characters, of words and byte "
      + "pairs in words; null makes every line an example.", .from(1...(1 << 30)))
  public var window: Int? = nil
  @Setting(
    "Characters or words from the start of one window to that of the next; null for the window's "
      + "own length.", .from(1...(1 << 30)))
  public var stride: Int? = nil

  @Setting(
    "The most tokens of an example, its end token counted; null for any.", .from(2...(1 << 30)))
  public var maximumLength: Int? = nil
  @Setting("What is done with longer ones; a truncated one keeps its beginning.")
  public var tooLong = TooLong.error
  @Setting("Whether examples without text are left out rather than an error.")
  public var skipsEmpty = false
  @Setting("Whether examples that cannot be read are passed over, and named, rather than an error.")
  public var skipBad = false

  /// The options that fit most text.
  public init() {}

  /// How tables are written.
  var table: TableOptions {
    var table = TableOptions()
    (table.separator, table.header) = (separator, header)
    (table.isQuoted, table.comment) = (quoted, comment)
    return table
  }

  /// A stride is one of windows.
  public func validate() throws(ConfigurationError) {
    guard stride == nil || window != nil else {
      throw ConfigurationError("means nothing without a window; give both", at: ["stride"])
    }
  }
}

extension ComponentOptions {
  /// Throws where an option makes no sense.
  func check(for path: String) throws(DataError) {
    do {
      try check()
    } catch {
      throw DataError(.usage, path, "\(error).")
    }
  }
}
