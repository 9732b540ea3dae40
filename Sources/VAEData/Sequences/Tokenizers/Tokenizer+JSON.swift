internal import SystemFiles
internal import VAECore

extension Tokenizer {
  /// The tokenizer as a JSON document, which ``init(json:)`` reads back equal.
  public var json: String {
    let own =
      switch alphabet {
      case .symbols(let table):
        "\"symbols\":[\(table.symbols.map { quotedJSON($0) }.joined(separator: ","))]"
      case .bytePairs(let pairs):
        "\"merges\":[\(pairs.merges.map { "[\($0.left),\($0.right)]" }.joined(separator: ","))]"
      }
    return "{\"kind\":\"\(kind.rawValue)\",\"lowercase\":\(isLowercased),\(own)}\n"
  }

  /// Reads what ``json`` wrote.
  ///
  /// - Throws: ``DataError`` where it is something else.
  public init(json: String, path: String = "the tokenizer") throws(DataError) {
    func damaged(_ problem: String) -> DataError {
      DataError(.bad, path, "is no tokenizer: \(problem); train again, or restore the file.")
    }
    let document: JSONValue
    do throws(JSONError) {
      document = try JSONReader.read(Array(json.utf8)[...])
    } catch {
      throw damaged("\(error.problem) at byte \(error.offset)")
    }
    guard let name = document["kind"]?.text, let kind = Kind(rawValue: name),
      case .boolean(let isLowercased) = document["lowercase"]
    else { throw damaged("'kind' or 'lowercase' is missing") }
    switch (document["symbols"], document["merges"]) {
    case (.array(let items), nil):
      let symbols = items.compactMap(\.text)
      guard symbols.count == items.count, Set(symbols).count == symbols.count else {
        throw damaged("its symbols are not texts that differ")
      }
      self.init(
        kind: kind, isLowercased: isLowercased, alphabet: .symbols(SymbolTable(symbols)))
    case (nil, .array(let items)):
      var merges: [BytePairs.Pair] = []
      for item in items {
        guard case .array(let pair) = item, pair.count == 2,
          let left = pair[0].integer, let right = pair[1].integer,
          (0..<(256 + merges.count)).contains(left), (0..<(256 + merges.count)).contains(right)
        else { throw damaged("merge \(merges.count + 1) is no pair of earlier tokens") }
        merges.append(BytePairs.Pair(left: Int32(left), right: Int32(right)))
      }
      self.init(
        kind: kind, isLowercased: isLowercased,
        alphabet: .bytePairs(BytePairs(merges: merges)))
    default: throw damaged("it needs either 'symbols' or 'merges'")
    }
  }
}
