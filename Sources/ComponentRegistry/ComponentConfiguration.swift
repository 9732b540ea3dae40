/// A component by name, with its options: `{name: mlp, hidden: [400]}`.
public struct ComponentConfiguration: Sendable, Hashable {
  /// The name it is registered under.
  public var name: String
  /// Its options, a mapping; what is left out keeps its default.
  public var options: ConfigurationValue

  /// A component by name, with the options that differ from its defaults.
  public init(_ name: String, options: ConfigurationValue = .mapping([])) {
    self.name = name
    self.options = options
  }
}

extension ComponentConfiguration: Codable {
  /// Reads a mapping with a `name`, or a name alone.
  public init(from decoder: any Swift.Decoder) throws {
    let value = try ConfigurationValue(from: decoder)
    switch value {
    case .string(let name): self.init(name)
    case .mapping:
      var options = value
      options["name"] = nil
      guard let name = value["name"]?.text else {
        throw ConfigurationError(
          "name the component, such as {name: mlp}",
          at: decoder.codingPath.map(\.stringValue) + ["name"])
      }
      self.init(name, options: options)
    default:
      throw ConfigurationError(
        .wrongType(expected: "a component's name or a mapping", found: value.kind),
        at: decoder.codingPath.map(\.stringValue))
    }
  }

  /// Writes a mapping, its name first.
  public func encode(to encoder: any Swift.Encoder) throws {
    let value = ConfigurationValue.mapping([.init("name", .string(name))] + options.entries)
    try value.encode(to: encoder)
  }
}

extension ConfigurationValue: Codable {
  /// Reads any value.
  public init(from decoder: any Swift.Decoder) throws {
    if let decoder = decoder as? ConfigurationDecoder {
      self = decoder.everything()
      return
    }
    if let keyed = try? decoder.container(keyedBy: ConfigurationKey.self) {
      self = .mapping(
        try keyed.allKeys.map {
          Entry($0.stringValue, try keyed.decode(ConfigurationValue.self, forKey: $0))
        })
      return
    }
    let single = try decoder.singleValueContainer()
    if single.decodeNil() {
      self = .null
    } else if let value = try? single.decode(Bool.self) {
      self = .bool(value)
    } else if let value = try? single.decode(Int.self) {
      self = .int(value)
    } else if let value = try? single.decode(Double.self) {
      self = .double(value)
    } else if let value = try? single.decode(String.self) {
      self = .string(value)
    } else {
      self = .list(try single.decode([ConfigurationValue].self))
    }
  }

  /// Writes any value.
  public func encode(to encoder: any Swift.Encoder) throws {
    if case .mapping(let entries) = self {
      var container = encoder.container(keyedBy: ConfigurationKey.self)
      for entry in entries {
        try container.encode(entry.value, forKey: ConfigurationKey(entry.key))
      }
      return
    }
    var container = encoder.singleValueContainer()
    switch self {
    case .null: try container.encodeNil()
    case .bool(let value): try container.encode(value)
    case .int(let value): try container.encode(value)
    case .double(let value): try container.encode(value)
    case .string(let value): try container.encode(value)
    case .list(let value): try container.encode(value)
    case .mapping: break
    }
  }
}

extension ComponentConfiguration: ExpressibleByStringLiteral {
  /// A part with its defaults.
  public init(stringLiteral name: String) { self.init(name) }
}
