internal import SystemFiles
internal import TensorCore
internal import VAECore

/// Text, molecules and other strings as sequences of tokens.
public enum TextDataset {
  /// Opens a file, a folder or a built-in set.
  ///
  /// A folder has a file for each part, named `train`, `validation` (or `valid`, `val`, `dev`) and
  /// `test`. Files are read by their names' endings: `.csv` and `.tsv` tables, `.json`, `.jsonl`,
  /// FASTA (`.fasta`, `.fa`, `.fna`, `.faa`), anything else a line an example; `.gz` behind any of
  /// them. A built-in set's name comes before a file of that name, which is reached as `./name`.
  ///
  /// - Parameters:
  ///   - pathOrName: A path, or the name of a built-in set.
  ///   - options: How the text is read and divided.
  ///   - tokenizer: What makes tokens, such as that of a trained model; nil makes one of the training
  ///     part.
  /// - Returns: The parts of the data, and what made their tokens.
  /// - Throws: ``DataError`` when there is nothing, or nothing usable, or the options do not fit it.
  public static func open(
    _ pathOrName: String, options: TextOptions = TextOptions(), tokenizer: Tokenizer? = nil
  ) throws(DataError) -> (splits: DatasetSplits<SequenceDataset>, tokenizer: Tokenizer) {
    try options.validate(for: pathOrName)
    let parts = try read(pathOrName, options)
    guard parts.train.count > 0 else {
      throw DataError(.bad, pathOrName, "is empty; give text with an example a line.")
    }
    let tokenizer =
      if let tokenizer { tokenizer } else { try self.tokenizer(of: parts.train, options) }
    let classNames = try classNames(of: parts, pathOrName)
    func dataset(_ records: TextRecords) throws(DataError) -> SequenceDataset {
      try TextSource.dataset(records, tokenizer, options, classNames, name: pathOrName)
    }
    var splits = DatasetSplits(train: try dataset(parts.train))
    if let validation = parts.validation { splits.validation = try dataset(validation) }
    if let test = parts.test { splits.test = try dataset(test) }
    return (splits, tokenizer)
  }

  private static func read(_ path: String, _ options: TextOptions) throws(DataError) -> TextParts {
    if path == Sentences.name { return Sentences.parts() }
    switch PathKind(path) {
    case .missing:
      throw DataError(
        .missing, path,
        "there is no such file or folder, and the built-in set of text is \(Sentences.name); check "
          + "the path.")
    case .folder: return try readFolder(path, options)
    case .file, .other: return try readFile(path, options)
    }
  }

  private static func readFolder(
    _ path: String, _ options: TextOptions
  ) throws(DataError) -> TextParts {
    let names = try Folder.names(in: path)
    func part(_ stems: [String]) throws(DataError) -> TextRecords? {
      guard let name = names.first(where: { stems.contains(String($0.prefix { $0 != "." })) })
      else { return nil }
      return try readFile("\(path)/\(name)", options).train
    }
    guard let train = try part(["train", "training"]) else {
      throw DataError(
        .bad, path,
        "has no file named train, such as train.txt; name a single file, or call the parts train, "
          + "validation and test.")
    }
    return TextParts(
      train: train, validation: try part(["validation", "valid", "val", "dev"]),
      test: try part(["test"]))
  }

  private static func readFile(
    _ path: String, _ options: TextOptions
  ) throws(DataError) -> TextParts {
    var endings = splitPath(path).name.lowercased().split(separator: ".").dropFirst()
    if endings.last == "gz" { endings.removeLast() }
    switch endings.last {
    case "csv", "tsv": return TextParts(train: try TextTables.read(path, options))
    case "json": return try TextJSON.document(path, options)
    case "jsonl": return TextParts(train: try TextJSON.lines(path, options))
    case "fasta", "fa", "fna", "faa": return TextParts(train: try FASTA.read(path))
    default:
      if let window = options.window {
        return TextParts(train: try TextLines.windows(path, window, options))
      }
      return TextParts(train: try TextLines.lines(path, options))
    }
  }

  private static func tokenizer(
    of records: TextRecords, _ options: TextOptions
  ) throws(DataError) -> Tokenizer {
    var maker = TokenizerMaker(options)
    for example in 0..<records.count { maker.add(try records.store.text(of: example)) }
    return maker.tokenizer()
  }

  /// The classes of the training part; the others have to know no more.
  private static func classNames(
    of parts: TextParts, _ path: String
  ) throws(DataError) -> [String]? {
    guard let names = parts.train.classes.map({ Set($0) }) else { return nil }
    for (part, records) in [("validation", parts.validation), ("test", parts.test)] {
      guard let stranger = records?.classes?.first(where: { !names.contains($0) }) else { continue }
      throw DataError(
        .bad, path, "its \(part) part has the class '\(stranger)', which no training example has.")
    }
    return names.sorted()
  }
}

/// Tokens made from stored text when a batch asks for them.
struct TextSource: SequenceSource {
  private let store: TextStore
  private let tokenizer: Tokenizer
  private let lengths: [UInt32]

  /// Counts the tokens of every text, and does with those that are too long what the options want.
  static func dataset(
    _ records: TextRecords, _ tokenizer: Tokenizer, _ options: TextOptions,
    _ classNames: [String]?, name: String
  ) throws(DataError) -> SequenceDataset {
    var lengths: [UInt32] = []
    lengths.reserveCapacity(records.count)
    var kept: [Int] = []
    let limit = options.maximumLength ?? .max
    for example in 0..<records.count {
      let count = try tokens(of: example, records.store, tokenizer).count
      if count > limit {
        switch options.tooLong {
        case .truncate: break
        case .skip: continue
        case .error:
          throw DataError(
            .bad, records.store.path,
            "\(records.store.name(of: example)) has \(count) tokens, but at most \(limit) are "
              + "allowed; raise data.maximum_length, or set data.too_long to truncate or skip.")
        }
      }
      kept.append(example)
      lengths.append(UInt32(min(count, limit)))
    }
    let left = kept.count == records.count ? records : records.keeping(kept)
    guard left.count > 0 else {
      throw DataError(
        .usage, name, "no example has \(limit) tokens or fewer; allow more, or truncate them.")
    }
    let index = classNames.map { names in
      Dictionary(uniqueKeysWithValues: zip(names, Int32(0)...))
    }
    return SequenceDataset(
      name: name, count: left.count,
      format: .tokens(vocabularySize: tokenizer.vocabularySize),
      labels: left.classes.flatMap { classes in
        index.map { index in classes.map { index[$0] ?? 0 } }
      }, classNames: classNames,
      source: TextSource(store: left.store, tokenizer: tokenizer, lengths: lengths))
  }

  func length(of example: Int) -> Int { Int(lengths[example]) }

  func sequences(at examples: [Int]) throws(DataError) -> Sequences {
    var lists: [[Int32]] = []
    for example in examples {
      var tokens = try Self.tokens(of: example, store, tokenizer)
      let length = length(of: example)
      if tokens.count > length { tokens = tokens.prefix(length - 1) + [SpecialToken.end] }
      lists.append(tokens)
    }
    return Sequences(padding: lists)
  }

  private static func tokens(
    of example: Int, _ store: TextStore, _ tokenizer: Tokenizer
  ) throws(DataError) -> [Int32] {
    let text = try store.text(of: example)
    do throws(TokenizerError) {
      return try tokenizer.encode(text)
    } catch {
      throw DataError(.bad, store.path, "\(store.name(of: example)): \(error).")
    }
  }
}
