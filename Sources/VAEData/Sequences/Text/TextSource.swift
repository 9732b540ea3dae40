internal import VAECore

/// Text that is read from its file and made tokens of batch by batch.
///
/// Only where each example stands is kept: sixteen bytes an example.
struct TextSource: SequenceSource {
  let part: TextPart
  let tokenizer: Tokenizer
  private(set) var labels: [Int32] = []
  /// A sentence for each example that was passed over.
  private(set) var skipped: [String] = []
  private var offsets: [Int] = []
  private var byteCounts: [UInt32] = []
  private var tokenCounts: [UInt32] = []

  /// Reads the part once, to find its examples and count their tokens.
  ///
  /// - Throws: ``DataError`` that names the first example that is no text, that has a token outside the
  ///   vocabulary or a label outside `classes`, or that is too long.
  init(
    _ part: TextPart, _ tokenizer: Tokenizer, _ classes: inout TextClasses
  ) throws(DataError) {
    self.part = part
    self.tokenizer = tokenizer
    let maximum = part.options.maximumLength ?? .max
    var skipped: [String] = []
    try part.forEachExample(&skipped) { record, example throws(TokenError) in
      var count = try tokenizer.encode(example.text).count
      guard count > 1 || !part.options.skipsEmpty else { return }
      guard count > 1 else { throw .empty }
      if count > maximum {
        switch part.options.tooLong {
        case .skip: return
        case .truncate: count = maximum
        case .error:
          throw TokenError(
            problem:
              "has \(count) tokens, its end counted, but at most \(maximum) are allowed; shorten it, "
              + "or set data.too_long to skip or truncate")
        }
      }
      guard offsets.isEmpty || (example.label == nil) == labels.isEmpty else {
        throw TokenError(
          problem: "differs from those before: some have a label and some have none")
      }
      if let label = example.label { labels.append(try classes.number(of: label)) }
      offsets.append(record.offset)
      byteCounts.append(UInt32(record.bytes.count))
      tokenCounts.append(UInt32(count))
    }
    self.skipped = skipped
    guard !offsets.isEmpty else {
      let why = skipped.first.map { " that can be read\(part.of). The first: \($0)" }
      throw DataError(
        .bad, part.file.path, "holds no text\(why ?? "\(part.of); check the file.")")
    }
  }

  var count: Int { offsets.count }

  func length(of example: Int) -> Int { Int(tokenCounts[example]) }

  func sequences(at examples: [Int]) throws(DataError) -> Sequences {
    var lists: [[Int32]] = []
    lists.reserveCapacity(examples.count)
    for example in examples {
      let start = offsets[example]
      let record = try part.file.bytes(start..<(start + Int(byteCounts[example])))
      var tokens: [Int32]
      do throws(TokenError) {
        tokens = try tokenizer.encode(part.format.example(in: record).text)
      } catch { throw part.file.changed }
      let length = Int(tokenCounts[example])
      guard tokens.count >= length else { throw part.file.changed }
      tokens.removeLast(tokens.count - length)
      tokens[length - 1] = SpecialToken.end
      lists.append(tokens)
    }
    return Sequences(padding: lists)
  }
}

/// The classes of text, which its training part decides.
struct TextClasses {
  private var table = TokenTable()
  /// Whether a name that is new is an error.
  private var isClosed = false

  /// The place of a class among those seen, in the order in which they came.
  mutating func number(of name: String) throws(TokenError) -> Int32 {
    let found = Array(name.utf8).withUnsafeBytes { name in
      isClosed ? table.find(name) : table.insert(name)
    }
    if let found { return Int32(found) }
    throw TokenError(
      problem: "has the label \"\(name)\", which no example of the training part has; leave it out")
  }

  mutating func close() { isClosed = true }

  /// The labels of a dataset and their names, for places in the order in which classes came.
  func labels(_ places: [Int32]) -> (labels: [Int32], names: [String]?) {
    let (numbers, names) = ClassNames.classes(
      (0..<table.count).map { String(decoding: table[$0], as: UTF8.self) })
    return (places.map { numbers[Int($0)] }, names)
  }
}
