internal import SystemFiles
internal import VAETraining
internal import Yams

// MARK: - YAML

extension ConfigurationValue {
  /// Reads YAML; an empty text is an empty mapping.
  ///
  /// Scalars follow YAML's core schema: `yes` and `on` are text.
  public init(yaml: String) throws(ConfigurationError) {
    do {
      let node = try Yams.compose(yaml: yaml)
      self = node.map(ConfigurationValue.init(node:)) ?? .mapping([])
    } catch let error as YamlError {
      throw ConfigurationError(.syntax(ConfigurationValue.sentence(of: error)), at: [])
    } catch {
      throw ConfigurationError(.syntax("\(error)"), at: [])
    }
  }

  private static func sentence(of error: YamlError) -> String {
    switch error {
    case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
      .composer(_, let problem, let mark, _):
      "line \(mark.line), column \(mark.column): \(problem)"
    case .duplicatedKeysInMapping(let duplicates, _):
      "the key '\(duplicates.first ?? "")' stands twice in one mapping"
    default: "\(error)".split(separator: "\n").joined(separator: " ")
    }
  }

  private init(node: Node) {
    switch node {
    case .scalar(let scalar):
      self = scalar.style == .plain ? .init(plain: scalar.string) : .string(scalar.string)
    case .sequence(let items): self = .list(items.map(ConfigurationValue.init(node:)))
    case .mapping(let pairs):
      self = .mapping(
        pairs.map { Entry($0.key.scalar?.string ?? "", ConfigurationValue(node: $0.value)) })
    case .alias: self = .null
    }
  }

  /// What a scalar without quotes means.
  private init(plain text: String) {
    switch text {
    case "", "~", "null": self = .null
    case "true": self = .bool(true)
    case "false": self = .bool(false)
    case ".inf": self = .double(.infinity)
    case "-.inf": self = .double(-.infinity)
    case ".nan": self = .double(.nan)
    default:
      let isNumeric = text.utf8.first.map { "+-.0123456789".utf8.contains($0) } ?? false
      if isNumeric, let value = Int(text) {
        self = .int(value)
      } else if isNumeric, !text.contains("x"), let value = Double(text), value.isFinite {
        self = .double(value)
      } else {
        self = .string(text)
      }
    }
  }

  /// The value as YAML: a mapping over lines, lists of scalars in brackets.
  public var yaml: String {
    let lines = yamlLines(isTop: true)
    return lines.joined(separator: "\n") + "\n"
  }

  private func yamlLines(isTop: Bool) -> [String] {
    guard case .mapping(let entries) = self, !entries.isEmpty else { return [inlineYAML] }
    return entries.flatMap { entry -> [String] in
      let key = ConfigurationValue.yamlText(entry.key)
      guard case .mapping(let inner) = entry.value, !inner.isEmpty else {
        return ["\(key): \(entry.value.inlineYAML)"]
      }
      return ["\(key):"] + entry.value.yamlLines(isTop: false).map { "  \($0)" }
    }
  }

  private var inlineYAML: String {
    switch self {
    case .null: "null"
    case .bool(let value): "\(value)"
    case .int(let value): "\(value)"
    case .double(let value):
      // YAML 1.1 readers take "1e-05" for text; with a point it is a number everywhere.
      value.isFinite
        ? ConfigurationValue.pointed("\(value)")
        : (value.isNaN ? ".nan" : value > 0 ? ".inf" : "-.inf")
    case .string(let text): ConfigurationValue.yamlText(text)
    case .list(let items): "[\(items.map(\.inlineYAML).joined(separator: ", "))]"
    case .mapping(let entries):
      "{"
        + entries.map { "\(ConfigurationValue.yamlText($0.key)): \($0.value.inlineYAML)" }
        .joined(separator: ", ") + "}"
    }
  }

  private static func pointed(_ number: String) -> String {
    guard !number.contains("."), let e = number.firstIndex(of: "e") else { return number }
    return number[..<e] + ".0" + number[e...]
  }

  private static func yamlText(_ text: String) -> String {
    let isPlain =
      ConfigurationValue(plain: text) == .string(text)
      && !["yes", "no", "on", "off", "y", "n"].contains(text.lowercased())
      && text.utf8.allSatisfy {
        switch $0 {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "/"),
          UInt8(ascii: "."), UInt8(ascii: "-"):
          true
        default: false
        }
      } && text.utf8.first != UInt8(ascii: "-")
    return isPlain ? text : quotedJSON(text)
  }
}

// MARK: - JSON

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
