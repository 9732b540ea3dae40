internal import SystemFiles
internal import VAECore

extension Tokenizer {
  /// The tokenizer as the text of a file, one member a line.
  public var json: String {
    var members = ["\"kind\": \"\(kind.rawValue)\"", "\"lowercase\": \(lowercase)"]
    if let pairs {
      let merges = pairs.merges.map {
        let (first, second) = BytePairs.tokens(of: $0)
        return "[\(first), \(second)]"
      }
      members.append("\"merges\": [\(merges.joined(separator: ", "))]")
    } else {
      let tokens = (0..<table.count).map { quotedJSON(String(decoding: table[$0], as: UTF8.self)) }
      members.append("\"tokens\": [\(tokens.joined(separator: ", "))]")
    }
    return "{\n  \(members.joined(separator: ",\n  "))\n}\n"
  }

  /// Reads what ``json`` wrote.
  ///
  /// - Throws: ``DataError`` where the text is no tokenizer.
  public init(json: String) throws(DataError) {
    let damaged = DataError(
      .bad, "the tokenizer", "is damaged; take the file from a copy of the run.")
    let document: JSONValue
    do throws(JSONError) {
      document = try JSONReader.read(Array(json.utf8)[...])
    } catch {
      throw DataError(.bad, "the tokenizer", "is no JSON: \(error.problem).")
    }
    guard let kind = document["kind"]?.text.flatMap(Kind.init),
      case .boolean(let lowercase) = document["lowercase"]
    else { throw damaged }
    if kind == .bytePairs {
      guard case .array(let items) = document["merges"] else { throw damaged }
      var merges: [BytePairs.Pair] = []
      for item in items {
        guard case .array(let two) = item, two.count == 2,
          let first = two[0].integer.flatMap(Int32.init(exactly:)), first >= 0,
          let second = two[1].integer.flatMap(Int32.init(exactly:)), second >= 0
        else { throw damaged }
        merges.append(BytePairs.pair(first, second))
      }
      guard let pairs = BytePairs(merges) else { throw damaged }
      self.init(pairs: pairs, lowercase: lowercase)
    } else {
      guard case .array(let items) = document["tokens"] else { throw damaged }
      let tokens = items.compactMap(\.text).map { Array($0.utf8) }
      let table = TokenTable(tokens)
      guard table.count == items.count, !tokens.contains([]) else { throw damaged }
      self.init(kind, lowercase: lowercase, table: table)
    }
  }
}
