internal import SystemFiles

/// Texts in JSON documents.
enum TextJSON {
  /// An array of texts, of [text, class] pairs or of objects, or an object of such arrays named after
  /// the parts of the data.
  ///
  /// - Throws: ``DataError`` that says what was expected, and in which example.
  static func document(_ path: String, _ options: TextOptions) throws(DataError) -> TextParts {
    let bytes = try TextLines.contents(of: path)
    switch try value(bytes[...], path, nil) {
    case .array(let items): return TextParts(train: try records(items, "example", path, options))
    case .object(let members):
      func part(_ names: [String]) throws(DataError) -> TextRecords? {
        for name in names {
          if case .array(let items)? = members.first(where: { $0.name == name })?.value {
            return try records(items, "\(name) example", path, options)
          }
        }
        return nil
      }
      if let train = try part(["train", "training"]) {
        return TextParts(
          train: train, validation: try part(["validation", "val", "valid", "dev"]),
          test: try part(["test"]))
      }
      let names = members.map { "'\($0.name)'" }.joined(separator: ", ")
      throw DataError(
        .bad, path,
        "is an object without an array 'train'; it has \(names.isEmpty ? "nothing" : names).")
    default:
      throw DataError(.bad, path, "holds neither an array nor an object of arrays.")
    }
  }

  /// A document a line.
  static func lines(_ path: String, _ options: TextOptions) throws(DataError) -> TextRecords {
    let reader = try LineReader(path)
    var items: [JSONValue] = []
    while let line = try reader.next() {
      guard !line.isEmpty else { continue }
      items.append(try value(Array(line)[...], path, reader.lineNumber))
    }
    return try records(items, "line", path, options)
  }

  private static func value(
    _ bytes: ArraySlice<UInt8>, _ path: String, _ line: Int?
  ) throws(DataError) -> JSONValue {
    do throws(JSONError) {
      return try JSONReader.read(bytes)
    } catch {
      let place = line.map { "line \($0), byte \(error.offset)" } ?? "byte \(error.offset)"
      throw DataError(.bad, path, "is no JSON: \(error.problem) at \(place).")
    }
  }

  private static func records(
    _ items: [JSONValue], _ unit: String, _ path: String, _ options: TextOptions
  ) throws(DataError) -> TextRecords {
    var texts: [String] = []
    var numbers: [Int] = []
    var classes: [String] = []
    for (index, item) in items.enumerated() {
      let (text, label) = try fields(item, "\(unit) \(index + 1)", path, options)
      guard !text.trimmed.isEmpty else {
        if options.skipEmpty { continue }
        throw DataError(
          .bad, path,
          "\(unit) \(index + 1) has no text; take it out, or pass over such examples with "
            + "--set data.skip_empty=true.")
      }
      texts.append(text)
      numbers.append(index + 1)
      if let label { classes.append(label) }
    }
    guard classes.isEmpty || classes.count == texts.count else {
      throw DataError(.bad, path, "some examples have a class and some have none.")
    }
    return TextRecords(
      store: TextStore(texts, path: path, unit: unit, numbers: numbers),
      classes: classes.isEmpty ? nil : classes)
  }

  /// The text and the class of an example.
  private static func fields(
    _ item: JSONValue, _ name: String, _ path: String, _ options: TextOptions
  ) throws(DataError) -> (text: String, label: String?) {
    switch item {
    case .string(let text): return (text, nil)
    case .array(let pair):
      guard let text = pair.first?.text, pair.count <= 2 else { break }
      return (text, pair.count == 2 ? pair[1].text : nil)
    case .object(let members):
      let column = options.column ?? "text"
      guard let text = item[column]?.text else {
        let names = members.map { "'\($0.name)'" }.joined(separator: ", ")
        throw DataError(.bad, path, "\(name) has no text '\(column)'; its fields are \(names).")
      }
      let label = options.labelColumn ?? "label"
      if let value = item[label] { return (text, value.text ?? value.integer.map { "\($0)" }) }
      guard options.labelColumn == nil else {
        throw DataError(.bad, path, "\(name) has no field '\(label)'.")
      }
      return (text, nil)
    default: break
    }
    throw DataError(
      .bad, path, "\(name) is neither a text, nor [text, class], nor an object.")
  }
}
