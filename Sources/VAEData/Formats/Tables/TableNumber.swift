/// What a field of a table says where a number is looked for.
enum TableNumber: Equatable {
  /// A finite number that float32 holds.
  case number(Double)
  /// Nothing, or what statistics programs write for it.
  case missing
  /// Anything else.
  case word

  /// Reads a field, blanks around it left out.
  init(_ field: UnsafeRawBufferPointer, decimal: UInt8) {
    // Nearly every number of an image has one to three digits.
    if (1...3).contains(field.count), field.allSatisfy({ (0x30...0x39).contains($0) }) {
      self = .number(Double(field.reduce(0) { 10 * $0 + Int($1) - 0x30 }))
      return
    }
    let text = String(decoding: field, as: UTF8.self)
    if let number = Self.number(text, field, decimal), number.isFinite, Float(number).isFinite {
      self = .number(number)
    } else {
      self = Self.missingNumbers.contains(text) ? .missing : .word
    }
  }

  private static func number(
    _ text: String, _ field: UnsafeRawBufferPointer, _ decimal: UInt8
  ) -> Double? {
    guard decimal == UInt8(ascii: ",") else { return Double(text) }
    guard !field.contains(UInt8(ascii: ".")) else { return nil }
    return Double(String(text.map { $0 == "," ? "." : $0 }))
  }

  init(_ text: String, decimal: UInt8) {
    var text = text
    self = text.withUTF8 { TableNumber(UnsafeRawBufferPointer($0), decimal: decimal) }
  }

  /// What stands for a number that is not there; NumPy, pandas, R and spreadsheets write such.
  private static let missingNumbers: Set<String> = [
    "", "NA", "N/A", "n/a", "#N/A", "#NA", "<NA>", "NaN", "nan", "NAN", "-nan", "-NaN", "NULL",
    "null", "None", "?", ".", "-",
  ]

  /// What stands for a text or a label that is not there, unless quotes enclose it.
  ///
  /// Words that name classes, such as `None`, are not among them.
  static let missingNames: Set<String> = [
    "", "NA", "N/A", "n/a", "#N/A", "#NA", "<NA>", "NaN", "nan", "NULL", "null",
  ]

  /// Whether a number has a comma, or a point, before decimals.
  enum Mark: Equatable {
    case point
    case comma
    /// A comma with three digits behind it, which may stand between thousands.
    case thousands
    /// Both, so that one of them stands between thousands.
    case both
  }

  /// The mark in what looks like a number with one.
  static func mark(in text: String) -> Mark? {
    var rest = text.utf8[...]
    if rest.contains(UInt8(ascii: ",")), rest.contains(UInt8(ascii: ".")) {
      let isNumber = rest.allSatisfy { (0x30...0x39).contains($0) || "+-.,".utf8.contains($0) }
      return isNumber ? .both : nil
    }
    if rest.first == UInt8(ascii: "-") || rest.first == UInt8(ascii: "+") { rest.removeFirst() }
    func digits() -> Int {
      let run = rest.prefix { (0x30...0x39).contains($0) }.count
      rest.removeFirst(run)
      return run
    }
    let whole = digits()
    guard let mark = rest.popFirst(), mark == UInt8(ascii: ".") || mark == UInt8(ascii: ",") else {
      return nil
    }
    let parts = digits()
    if mark == UInt8(ascii: ","), rest.first == mark, (1...3).contains(whole), parts == 3 {
      return .thousands
    }
    guard whole + parts > 0 else { return nil }
    if let exponent = rest.popFirst() {
      guard exponent | 0x20 == UInt8(ascii: "e") else { return nil }
      if rest.first == UInt8(ascii: "-") || rest.first == UInt8(ascii: "+") { rest.removeFirst() }
      guard digits() > 0, rest.isEmpty else { return nil }
      return mark == UInt8(ascii: ",") ? .comma : .point
    }
    if mark == UInt8(ascii: ".") { return .point }
    let isThousands = (1...3).contains(whole) && parts == 3 && text.utf8.first != UInt8(ascii: "0")
    return isThousands ? .thousands : .comma
  }
}
