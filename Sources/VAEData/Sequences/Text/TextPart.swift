/// A file of text, or one of the parts in it, and how it is read.
struct TextPart: Sendable {
  let file: ByteFile
  let format: any TextFormat
  let options: TextOptions
  /// What messages call a part that does not have a file to itself.
  var name: String?

  /// Hands out the examples, once each is known to be UTF-8.
  ///
  /// What is wrong with one is an error that names its place, or a sentence among `skipped` where bad
  /// examples are passed over.
  func forEachExample(
    _ skipped: inout [String],
    _ body: (TextRecord, TextExample) throws(TokenError) -> Void
  ) throws(DataError) {
    guard file.count > 0 else { throw DataError(.bad, file.path, "is empty; check the file.") }
    try format.forEachRecord(in: file) { record throws(DataError) in
      do throws(TokenError) {
        guard isUTF8(record.bytes) else {
          throw TokenError(problem: "is not UTF-8; convert the file to it")
        }
        if let problem = record.problem { throw problem }
        let example = try format.example(in: record.bytes)
        guard !example.text.isEmpty || options.skipsEmpty else { throw .empty }
        if !example.text.isEmpty { try body(record, example) }
      } catch {
        let error = DataError(.bad, file.path, format.sentence(error, in: record, of: of))
        guard options.skipBad else { throw error }
        skipped.append(error.description)
      }
    }
  }

  /// What messages add to the path.
  var of: String { name.map { " in \"\($0)\"" } ?? "" }

  // MARK: - Opening

  /// Endings of files that are text, without that of gzip.
  private static let endings =
    [
      "txt", "text", "csv", "tsv", "json", "jsonl", "ndjson", "smi", "smiles",
    ] + FASTA.endings

  private static func ending(of name: String) -> String {
    var parts = name.lowercased().split(separator: ".")
    if parts.last == "gz" { parts.removeLast() }
    return parts.count > 1 ? String(parts[parts.count - 1]) : ""
  }

  static func isText(_ name: String) -> Bool { endings.contains(ending(of: name)) }

  /// The parts in a file: one to train on, or those of an object in JSON.
  static func parts(
    in path: String, _ options: TextOptions
  ) throws(DataError) -> [(part: String, text: TextPart)] {
    try OtherFormats.refuse(path)
    let file = try ByteFile(path)
    func whole(_ format: any TextFormat) -> [(part: String, text: TextPart)] {
      [("train", TextPart(file: file, format: format, options: options))]
    }
    let ending = ending(of: path)
    if let window = options.window {
      let countsWords = options.tokenizer == .words || options.tokenizer == .bytePairs
      return whole(
        TextWindows(
          window: window, stride: options.stride ?? window, countsWords: countsWords))
    }
    switch ending {
    case "csv":
      return whole(
        try TextColumns(file, separators: [.comma, .semicolon, .tab, .bar], options))
    case "tsv":
      return whole(try TextColumns(file, separators: [.tab, .comma, .semicolon, .bar], options))
    case _ where FASTA.endings.contains(ending): return whole(FASTA())
    case "jsonl", "ndjson": return whole(TextJSON(options: options, member: nil, isLines: true))
    case "json": break
    default:
      return whole(TextLines(isMolecules: ending == "smi" || ending == "smiles"))
    }
    guard file.count > 0 else { throw DataError(.bad, path, "is empty; check the file.") }
    var members: [String?] = []
    try JSONItems(file).forEach { member, _ in
      if members.last != member { members.append(member) }
    }
    func text(_ member: String?) -> TextPart {
      TextPart(
        file: file, format: TextJSON(options: options, member: member, isLines: false),
        options: options, name: member)
    }
    if members.count <= 1 { return [("train", text(members.first ?? nil))] }
    let known = [
      "train": "train", "val": "valid", "valid": "valid", "validation": "valid", "dev": "valid",
      "test": "test",
    ]
    let parts = members.compactMap { member in
      member.flatMap { known[$0] }.map { (part: $0, text: text(member)) }
    }
    guard parts.contains(where: { $0.part == "train" }) else {
      throw DataError(
        .bad, path,
        "holds several arrays (\(members.compactMap(\.self).joined(separator: ", "))), and none is "
          + "called train; rename one.")
    }
    return parts
  }
}
