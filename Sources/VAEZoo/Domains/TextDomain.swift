internal import SystemFiles

/// Text, molecules and other strings of tokens.
public struct TextDomain: SequenceDomain {
  /// How text is read and divided into tokens.
  public typealias Reading = TextOptions
  /// How texts are written.
  public typealias Showing = SequenceShowing

  /// Written `{vocabulary: 5000, longest: 32}`.
  public struct Format: Codable, Sendable, Equatable {
    /// Tokens there are.
    public var vocabulary: Int
    /// Tokens of the longest training text, its end token counted.
    public var longest: Int
  }

  public static let name = "text"
  public static let summary = "text, molecules and other strings of tokens"
  public static var builtIn: [Datasets.Entry] { Datasets.builtInText }
  public static var formats: [Datasets.Entry] { Datasets.textFormats }
  /// By the ending of the file's name.
  public static func preset(fitting path: String) -> String? {
    switch DataKind(guessedFrom: path) {
    case .text: "sentence-gru"
    case .smiles: "smiles-gru"
    case .fasta: "dna-gru"
    default: nil
    }
  }

  /// Letter by letter where texts are names or molecules, else word by word.
  public static func recipe(fitting path: String, _ reading: TextOptions) throws -> Recipe? {
    let preset = preset(fitting: path) ?? "sentence-gru"
    if path == builtIn.first?.name { return Recipe(preset, for: "sentences") }
    let outline = try TextOutline(path, reading)
    var changes = ConfigurationValue.mapping([])
    if outline.hasGaps, !reading.skipsEmpty { changes = ["data": ["skips_empty": true]] }
    // A batch is as long as its longest text.
    if outline.longest > 1000, reading.maximumLength == nil {
      changes[["data", "maximum_length"]] = 500
      changes[["data", "too_long"]] = "truncate"
    }
    func recipe(_ preset: String, _ what: String) -> Recipe {
      Recipe(preset, for: what, exampleCount: outline.count, changing: changes)
    }
    switch preset {
    case "smiles-gru": return recipe(preset, "molecules")
    case "dna-gru": return recipe(preset, "biological sequences")
    default: break
    }
    if outline.areMolecules { return recipe("smiles-gru", "molecules") }
    return outline.areNames ? recipe("name-gru", "names") : recipe(preset, "text")
  }

  private let tokenizer: Tokenizer
  public let format: Format

  private init(_ tokenizer: Tokenizer, longest: Int) {
    self.tokenizer = tokenizer
    format = Format(vocabulary: tokenizer.vocabularySize, longest: longest)
  }

  /// Text in the tokens of a run folder.
  public init(_ format: Format, in folder: RunFolder) throws {
    guard (1...(1 << 24)).contains(format.longest) else {
      throw ConfigurationError(
        "expected the longest training text, found \(format.longest)", at: ["observation"])
    }
    self.init(try folder.readTokenizer(), longest: format.longest)
  }

  /// Writes the tokenizer.
  public func write(to folder: RunFolder) throws(CheckpointError) {
    try replaceFile(folder.tokenizer, with: Array(tokenizer.json.utf8))
  }

  /// Of few tokens.
  public static var standIns: [TextDomain] {
    [
      TextDomain(Tokenizer(characters: "abcdefgh"), longest: 8),
      TextDomain(Tokenizer(characters: "01234567890"), longest: 16),
    ]
  }

  /// Opens text; the training part decides the vocabulary unless it is known.
  public static func open(
    _ path: String, _ reading: TextOptions, as known: TextDomain?
  ) throws -> (domain: TextDomain, splits: DatasetSplits<SequenceDataset>) {
    let (splits, tokenizer) = try TextDataset.open(
      path, options: reading, tokenizer: known?.tokenizer)
    return (known ?? TextDomain(tokenizer, longest: 1), splits)
  }

  /// The longest text is one of those that are trained on.
  public func trained(on part: SequenceDataset) -> TextDomain {
    TextDomain(tokenizer, longest: part.longest ?? 1)
  }

  public var summary: String { "up to \(format.longest) tokens out of \(format.vocabulary)" }

  public var longest: Int { format.longest }
  /// Tokens.
  public var steps: SequenceFormat { .tokens(vocabularySize: format.vocabulary) }

  /// Fewer than images: texts are read one by one.
  public static var counts: (samples: Int, pairs: Int) { (20, 20) }

  /// Texts, token by token.
  public func decoded(
    _ codes: Tensor, by model: any LatentModel<Sequences>, like original: Sequences?,
    _ showing: SequenceShowing, using key: inout RandomKey
  ) -> Sequences {
    model.generate(
      from: codes, by: showing.rule, maximumLength: showing.maximumLength ?? format.longest,
      using: &key)
  }

  public func exhibit(
    _ states: [State<Sequences>], _ showing: SequenceShowing, title: String, subtitle: String
  ) -> Exhibit {
    let columns = states.map { (name: states.count == 1 ? "text" : $0.name, texts: texts($0.x)) }
    let count = columns.map(\.texts.count).min() ?? 0
    return .texts((0..<count).map { row in columns.map { ($0.name, $0.texts[row]) } })
  }

  private func texts(_ sequences: Sequences) -> [String] {
    let tokens = sequences.values.integers
    return (0..<sequences.count).map { row in
      let start = row * sequences.time
      return tokenizer.decode(tokens[start..<(start + sequences.lengths[row])])
    }
  }

  /// The tokens of a text.
  public func observation(written text: String) throws -> Sequences? {
    Sequences(padding: [try tokenizer.encode(text)])
  }
}

extension RunFolder {
  /// The tokenizer of a run over text.
  public var tokenizer: String { "\(path)/tokenizer.json" }

  fileprivate func readTokenizer() throws(RunError) -> Tokenizer {
    do {
      let bytes = try readFile(
        tokenizer, ifMissing: "the run's tokenizer is gone; without it no text can be read")
      return try Tokenizer(json: String(decoding: bytes, as: UTF8.self))
    } catch let error as CheckpointError {
      throw RunError(error.kind == .missing ? .missing : .damaged, error.description)
    } catch {
      throw RunError(.damaged, "\(tokenizer): \(error)")
    }
  }
}

extension Family {
  public static let text = Family { $0.add(TextDomain.self) }
}
