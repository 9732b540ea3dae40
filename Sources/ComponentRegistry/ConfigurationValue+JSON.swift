internal import SystemFiles

extension ConfigurationValue {
  /// The value as one line of JSON; numbers that are not finite are null.
  public var json: String {
    switch self {
    case .null: "null"
    case .bool(let value): "\(value)"
    case .int(let value): "\(value)"
    case .double(let value): value.isFinite ? "\(value)" : "null"
    case .string(let text): quotedJSON(text)
    case .list(let items): "[\(items.map(\.json).joined(separator: ","))]"
    case .mapping(let entries):
      "{"
        + entries.map { "\(quotedJSON($0.key)):\($0.value.json)" }
        .joined(separator: ",") + "}"
    }
  }
}
