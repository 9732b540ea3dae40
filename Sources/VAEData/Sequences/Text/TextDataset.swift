internal import SystemFiles
internal import VAECore

/// Sets of text, molecules and biological sequences.
public enum TextDataset {
  /// Opens text and makes tokens of it.
  ///
  /// A file is a part to train on, in a format that its ending tells: lines (any ending), `csv` and
  /// `tsv`, `json`, `jsonl`, `fasta` and its like, `smi`, each also gzipped. A folder, or an object in
  /// JSON, may hold several parts, called `train`, `valid` or `val`, and `test`. The file is read batch
  /// by batch; in memory is only where each example stands.
  ///
  /// - Parameters:
  ///   - pathOrName: A path, or `sentences`.
  ///   - options: How text is read.
  ///   - tokenizer: What makes tokens; when nil, the training part decides the vocabulary.
  /// - Returns: The parts, and what made their tokens.
  /// - Throws: ``DataError`` that names what cannot be used and where it stands.
  public static func open(
    _ pathOrName: String, options: TextOptions = TextOptions(), tokenizer: Tokenizer? = nil
  ) throws(DataError) -> (splits: DatasetSplits<SequenceDataset>, tokenizer: Tokenizer) {
    try options.check(for: pathOrName)
    let parts = try parts(of: pathOrName, options)
    func part(_ name: String) -> TextPart? { parts.first { $0.part == name }?.text }
    guard let train = part("train") else {
      throw DataError(.bad, pathOrName, "holds nothing to train on; check the path.")
    }
    var notes: [String] = []
    let tokenizer = if let tokenizer { tokenizer } else { try vocabulary(of: train, &notes) }
    var classes = TextClasses()
    func dataset(_ part: TextPart) throws(DataError) -> SequenceDataset {
      let source = try TextSource(part, tokenizer, &classes)
      classes.close()
      let (labels, names) = classes.labels(source.labels)
      return SequenceDataset(
        name: pathOrName, count: source.count,
        format: .tokens(vocabularySize: tokenizer.vocabularySize),
        labels: labels.isEmpty ? nil : labels, classNames: labels.isEmpty ? nil : names,
        skipped: source.skipped, notes: notes, source: source)
    }
    let splits = DatasetSplits(
      train: try dataset(train), validation: try part("valid").map(dataset),
      test: try part("test").map(dataset))
    return (splits, tokenizer)
  }

  private static func vocabulary(
    of part: TextPart, _ notes: inout [String]
  ) throws(DataError) -> Tokenizer {
    var options = part.options
    // Biological sequences have an alphabet of their own.
    if part.format is FASTA, options.tokenizer == .words || options.tokenizer == .nucleotides {
      let isProtein = try FASTA.isProtein(part.file)
      if isProtein, options.tokenizer == .nucleotides {
        notes.append(
          "\(part.file.path): is read as amino acids: many of its letters stand for no nucleotide.")
      }
      options.tokenizer = isProtein ? .aminoAcids : .nucleotides
    }
    var vocabulary = Vocabulary(options)
    // Those that are passed over here are named when the examples are found.
    var skipped: [String] = []
    try part.forEachExample(&skipped) { _, example throws(TokenError) in
      _ = try vocabulary.add(example.text)
    }
    return vocabulary.tokenizer()
  }

  static func parts(
    of path: String, _ options: TextOptions
  ) throws(DataError) -> [(part: String, text: TextPart)] {
    if path == Sentences.name { return try Sentences.parts(options) }
    switch PathKind(path) {
    case .file: return try TextPart.parts(in: path, options)
    case .folder: break
    case .missing:
      throw DataError(
        .missing, path,
        "there is no such file or folder, and \(Sentences.name) is the only built-in text; check "
          + "the path.")
    case .other: throw DataError(.bad, path, "is neither an ordinary file nor a folder.")
    }
    let path = try Folder.unwrapped(path)
    let names = try Folder.names(in: path)
    guard names.contains(where: TextPart.isText) else {
      throw DataError(
        .bad, path, "holds no file of text such as train.txt, train.csv or train.json.")
    }
    let files = try TextSet.parts(of: path, names, where: TextPart.isText)
    let parts = try TextPart.parts(in: files.train, options)
    // A lone file may hold all parts.
    guard files.validation != nil || files.test != nil else { return parts }
    var all = Array(parts.prefix(1))
    for (part, file) in [("valid", files.validation), ("test", files.test)] {
      guard let file else { continue }
      all += try TextPart.parts(in: file, options).prefix(1).map { (part, $0.text) }
    }
    return all
  }
}
