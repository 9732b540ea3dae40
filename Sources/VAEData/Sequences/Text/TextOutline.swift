/// What text looks like before any vocabulary is made of it.
public struct TextOutline: Sendable, Equatable {
  /// Examples to train on, those without text left out.
  public private(set) var count = 0
  /// Whether some have no text.
  public private(set) var hasGaps = false
  /// Whether the table they stand in calls them SMILES.
  public private(set) var areMolecules = false
  /// Words of the longest, letters of it where there are hardly any words.
  public private(set) var longest = 0
  private var words = 0
  private var bytes = 0
  private var distinct: Set<[UInt8]> = []
  private var sampled = 0

  /// Whether they are better told letter by letter: single words, or short and mostly of words that come
  /// once, as names are.
  public var areNames: Bool {
    guard sampled > 0 else { return false }
    let (each, length) = (Double(words) / Double(sampled), Double(bytes) / Double(sampled))
    return each < 1.5 || length < 30 && distinct.count * 2 > words
  }

  /// Reads the training part once, words of its first 1,000 examples.
  ///
  /// - Throws: ``DataError`` as ``TextDataset`` does; examples that cannot be read are left to it.
  public init(_ path: String, _ options: TextOptions) throws(DataError) {
    var options = options
    (options.skipsEmpty, options.skipBad) = (true, true)
    guard let part = try TextDataset.parts(of: path, options).first(where: { $0.part == "train" })
    else { return }
    areMolecules = (part.text.format as? TextColumns)?.areMolecules == true
    var records = 0
    var (own, bad) = (self, [String]())
    try part.text.forEachExample(&bad) { _, example in own.add(example.text) }
    try part.text.format.forEachRecord(in: part.text.file) { _ in records += 1 }
    own.hasGaps = records > own.count + bad.count
    self = own
  }

  private mutating func add(_ text: [UInt8]) {
    count += 1
    let blanks = text.count { $0 == 0x20 }
    longest = max(longest, blanks + 1, blanks * 20 < text.count ? text.count : 0)
    guard sampled < 1000 else { return }
    sampled += 1
    let words = text.split { $0 == 0x20 || $0 == 0x09 }
    self.words += words.count
    bytes += text.count
    for word in words { distinct.insert(Array(word)) }
  }
}
