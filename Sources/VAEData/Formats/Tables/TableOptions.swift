/// How a table of separated values is written, where that is not to be recognized.
public struct TableOptions: Sendable, Hashable {
  /// What stands between the fields of a row.
  public enum Separator: String, Sendable, Hashable, Codable, CaseIterable {
    /// A comma.
    case comma
    /// A semicolon.
    case semicolon
    /// A tabulator.
    case tab
    /// A vertical bar.
    case bar
    /// Any run of blanks and tabulators.
    case blank

    var byte: UInt8 {
      switch self {
      case .comma: UInt8(ascii: ",")
      case .semicolon: UInt8(ascii: ";")
      case .tab: 0x09
      case .bar: UInt8(ascii: "|")
      case .blank: 0x20
      }
    }
  }

  /// What stands between the whole and the parts of a number.
  public enum Decimal: String, Sendable, Hashable, Codable, CaseIterable {
    /// A point.
    case point
    /// A comma.
    case comma

    var byte: UInt8 { self == .point ? UInt8(ascii: ".") : UInt8(ascii: ",") }
  }

  /// What stands between fields; nil finds it out.
  public var separator: Separator?
  /// What stands between the whole and the parts of a number; nil finds it out.
  public var decimal: Decimal?
  /// Whether the first row is a header; nil finds it out.
  public var header: Bool?
  /// What begins a line that is no row; nil is `#` in tables of numbers and nothing in tables of text.
  public var comment: String?
  /// Whether a quotation mark at the start of a field encloses it, as in RFC 4180.
  public var isQuoted = true

  /// Everything is found out.
  public init() {}
}

/// How a table writes its rows.
struct TableDialect: Sendable, Hashable {
  /// What stands between fields; a blank stands for any run of blanks, and nil where a row is one field.
  var separator: UInt8?
  /// Whether quotes enclose fields.
  var isQuoted = true
  /// What begins a line that is no row, if anything does.
  var comment: [UInt8] = []
  /// Whether the first line only tells the separator, as `sep=;` does for spreadsheets.
  var hasSeparatorLine = false

  static let quote = UInt8(ascii: "\"")
  static let blank: UInt8 = 0x20
}
