/// How text is read, and how it becomes tokens.
public struct TextOptions: Codable, Sendable, Equatable {
  /// What is done with a text of more tokens than `maximumLength`.
  public typealias TooLong = SignalOptions.TooLong

  /// What a token is.
  public var tokenizer = Tokenizer.Kind.words
  /// Whether capitals become small letters first; for words, characters and byte pairs.
  public var lowercase = false
  /// How often a word must come in the training part to be in the vocabulary.
  public var minimumCount = 1
  /// The most words of the vocabulary, the most frequent ones; nil for all.
  public var maximumVocabulary: Int?
  /// How many pairs are joined at most to make byte pairs.
  public var merges = 1000

  /// The column of a table, or the member of objects in JSON, that holds the text: a name, or a number
  /// from 1.
  ///
  /// When nil: the one called `text`, `sentence`, `smiles` or `sequence`, or the only one; of arrays
  /// in JSON, the first.
  public var column: String?
  /// The column or member that holds the label.
  ///
  /// When nil: the one called `label`, `class`, `target` or `y`, if there is one; of arrays in JSON,
  /// the second.
  public var labelColumn: String?
  /// Whether a table's first row is a header; nil guesses: where it holds a name that is looked for.
  public var header: Bool?

  /// The length of the windows that one long text is cut into, in characters, of words and byte pairs
  /// in words; nil makes every line an example.
  public var window: Int?
  /// Characters or words from the start of one window to that of the next; nil for the window's own
  /// length.
  public var stride: Int?

  /// The most tokens of an example, its end token counted; nil for any.
  public var maximumLength: Int?
  /// What is done with longer ones; a truncated one keeps its beginning.
  public var tooLong = TooLong.error
  /// Whether examples without text are left out rather than an error.
  public var skipsEmpty = false

  /// The options that fit most text.
  public init() {}

  /// The first option that makes no sense, as configurations call it, and what is wrong with it.
  package var problem: (key: String, sentence: String)? {
    let counts = [
      ("minimum_count", minimumCount, 1), ("maximum_vocabulary", maximumVocabulary ?? 1, 1),
      ("merges", merges, 0), ("window", window ?? 1, 1), ("stride", stride ?? 1, 1),
      ("maximum_length", maximumLength ?? 2, 2),
    ]
    return counts.first { $1 < $2 }.map { ($0, "\($0) is \($1); use \($2) or more") }
  }

  /// Throws where a count makes no sense.
  func check(for path: String) throws(DataError) {
    if let problem { throw DataError(.usage, path, "\(problem.sentence).") }
  }
}
