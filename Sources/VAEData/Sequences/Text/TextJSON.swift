internal import SystemFiles

/// An item of an array an example, or a line of JSON lines: a string, an array, or an object.
struct TextJSON: TextFormat {
  let options: TextOptions
  /// The member of the file's object whose array is read; nil where the file is an array.
  let member: String?
  /// Whether each line is a document.
  let isLines: Bool

  var unit: String { isLines ? "line" : "item" }

  func forEachRecord(
    in file: ByteFile, _ body: (TextRecord) throws(DataError) -> Void
  ) throws(DataError) {
    if isLines {
      try TextLines(isMolecules: false).forEachRecord(in: file, body)
    } else {
      try JSONItems(file).forEach { name, record throws(DataError) in
        if name == member { try body(record) }
      }
    }
  }

  func example(in record: [UInt8]) throws(TokenError) -> TextExample {
    if record.allSatisfy(\.isSpace) { return TextExample(text: [], label: nil) }
    let value: JSONValue
    do throws(JSONError) {
      value = try JSONReader.read(record[...])
    } catch { throw TokenError(problem: "is no JSON: \(error.problem)") }
    switch value {
    case .string(let text):
      guard options.labelColumn == nil else {
        throw TokenError(problem: "is a string without a label; leave label_column out")
      }
      return TextExample(text: Array(text.utf8), label: nil)
    case .array(let items):
      let label = options.labelColumn ?? (items.count > 1 ? "2" : nil)
      return try example(label, column: options.column ?? "1") { name in
        Int(name).flatMap { items.indices.contains($0 - 1) ? items[$0 - 1] : nil }
      } known: {
        "it has \(items.count) values"
      }
    case .object(let members):
      func first(of names: [String]) -> String? {
        members.first { names.contains($0.name.lowercased()) }?.name
      }
      let column = options.column ?? first(of: TextColumns.textNames)
      return try example(
        options.labelColumn ?? first(of: ClassNames.columns),
        column: column ?? TextColumns.textNames[0]
      ) {
        value[$0]
      } known: {
        "its members are \(listed(members.map(\.name)))"
      }
    case .number, .boolean, .null:
      throw TokenError(problem: "is neither a string nor an array or object that holds one")
    }
  }

  private func example(
    _ label: String?, column: String, find: (String) -> JSONValue?, known: () -> String
  ) throws(TokenError) -> TextExample {
    func value(_ name: String) throws(TokenError) -> JSONValue {
      if let value = find(name) { return value }
      throw TokenError(problem: "has no \"\(name)\": \(known()); name one of them (data.column)")
    }
    guard let text = try value(column).text else {
      throw TokenError(problem: "holds no string in \"\(column)\"")
    }
    guard let label else { return TextExample(text: Array(text.utf8), label: nil) }
    switch try value(label) {
    case .string(""): throw TokenError(problem: "holds no label; give it one, or leave it out")
    case .string(let name), .number(let name):
      return TextExample(text: Array(text.utf8), label: name)
    case .boolean(let flag): return TextExample(text: Array(text.utf8), label: "\(flag)")
    case .null, .array, .object:
      throw TokenError(problem: "holds neither a name nor a number in \"\(label)\"")
    }
  }
}

/// The items of a JSON file: those of its array, or of the arrays in its object.
struct JSONItems {
  let file: ByteFile
  private let reader: RecordReader

  init(_ file: ByteFile) throws(DataError) {
    self.file = file
    reader = try RecordReader(file)
  }

  /// Hands out all items, with the member they are of.
  func forEach(
    _ body: (String?, TextRecord) throws(DataError) -> Void
  ) throws(DataError) {
    switch try next() {
    case UInt8(ascii: "["): try items(of: nil, body)
    case UInt8(ascii: "{"):
      try list(closedBy: "}") { _ throws(DataError) in
        let bytes = try value()
        let name: String
        do throws(JSONError) {
          name = try JSONReader.read(bytes[...]).text ?? ""
        } catch { throw damaged(error.problem) }
        guard try next() == UInt8(ascii: ":") else { throw damaged("no colon behind a name") }
        reader.skip(1)
        if try next() == UInt8(ascii: "[") { try items(of: name, body) } else { _ = try value() }
      }
    default: throw damaged("neither an array nor an object")
    }
    if try next() != nil { throw damaged("more text behind the end") }
  }

  private func items(
    of member: String?, _ body: (String?, TextRecord) throws(DataError) -> Void
  ) throws(DataError) {
    try list(closedBy: "]") { number throws(DataError) in
      _ = try next()
      let offset = reader.offset
      try body(member, TextRecord(offset: offset, bytes: try value(), number: number))
    }
  }

  /// Calls `item` at the start of each item of what begins here, with its number from 1.
  private func list(
    closedBy end: Unicode.Scalar, _ item: (Int) throws(DataError) -> Void
  ) throws(DataError) {
    reader.skip(1)
    if try next() == UInt8(ascii: end) { return reader.skip(1) }
    var number = 0
    while true {
      number += 1
      try item(number)
      let byte = try next()
      guard byte == UInt8(ascii: ",") || byte == UInt8(ascii: end) else {
        throw damaged("no comma behind item \(number)")
      }
      reader.skip(1)
      if byte == UInt8(ascii: end) { return }
    }
  }

  /// The next byte that is no space, which stays.
  private func next() throws(DataError) -> UInt8? {
    while let byte = try reader.peek() {
      guard byte.isSpace else { return byte }
      reader.skip(1)
    }
    return nil
  }

  /// The bytes of the value that begins here; its end is found, and nothing else checked.
  private func value() throws(DataError) -> [UInt8] {
    guard let first = try next(), !",:]}".utf8.contains(first) else {
      throw damaged("a value is missing")
    }
    let bytes = try reader.next { bytes, _ in
      var (depth, isQuoted, isEscaped) = (0, false, false)
      for (place, byte) in bytes.enumerated() {
        if isQuoted {
          if isEscaped {
            isEscaped = false
          } else if byte == UInt8(ascii: "\\") {
            isEscaped = true
          } else if byte == TableDialect.quote {
            isQuoted = false
            if depth == 0 { return (place + 1, place + 1) }
          }
          continue
        }
        switch byte {
        case TableDialect.quote: isQuoted = true
        case UInt8(ascii: "["), UInt8(ascii: "{"): depth += 1
        case UInt8(ascii: "]"), UInt8(ascii: "}"):
          if depth == 0 { return (place, place) }
          depth -= 1
          if depth == 0 { return (place + 1, place + 1) }
        default: if depth == 0, byte == 0x2C || byte.isSpace { return (place, place) }
        }
      }
      return nil
    }
    return Array(bytes ?? UnsafeRawBufferPointer(start: nil, count: 0))
  }

  private func damaged(_ problem: String) -> DataError {
    DataError(.bad, file.path, "is no JSON: \(problem), at byte \(reader.offset); mend the file.")
  }
}
