extension ConfigurationValue {
  /// Reads a value of a Codable type: what is written here, and `defaults` where nothing is
  /// written.
  ///
  /// A key that the type does not have, and a value of another type, is an error that names the
  /// dotted path.
  public func decoded<T: Codable>(
    over defaults: T, at path: [String] = []
  ) throws(ConfigurationError) -> T {
    try ConfigurationDecoder(
      value: self, fallback: ConfigurationValue(encoding: defaults), path: path
    ).decode(T.self)
  }

  /// Reads a value of a Codable type that has no defaults.
  package func decoded<T: Decodable>(
    as type: T.Type, at path: [String]
  ) throws(ConfigurationError) -> T {
    try ConfigurationDecoder(value: self, fallback: nil, path: path).decode(type)
  }
}

/// Reads Codable values from a tree, over a second tree that holds the defaults.
///
/// Keys are snake_case in the tree and camelCase in Swift. It remembers which keys were asked for,
/// so that the others can be reported.
final class ConfigurationDecoder: Swift.Decoder {
  let value: ConfigurationValue?
  let fallback: ConfigurationValue?
  let path: [String]
  var requested: [String] = []
  /// Whether it was read as a mapping.
  private var isMapping = false
  /// Whether the type looked at all keys itself.
  var takesAnyKey = false
  /// The keys it could make nothing of when it looked.
  var unreadable: [String] = []

  init(value: ConfigurationValue?, fallback: ConfigurationValue?, path: [String]) {
    // Where the default has a name, a word alone is one.
    let value = fallback?["name"] == nil ? value : value?.named
    self.value = value
    self.fallback =
      value.map { fallback?.describesOther(than: $0) ?? false } ?? false ? nil : fallback
    self.path = path
  }

  var codingPath: [any CodingKey] { path.map { ConfigurationKey($0) } }
  var userInfo: [CodingUserInfoKey: Any] { [:] }
  /// What is read where the type wants a scalar or a list.
  var effective: ConfigurationValue { value ?? fallback ?? .null }

  func decode<T: Decodable>(_ type: T.Type) throws(ConfigurationError) -> T {
    do {
      let result = try T(from: self)
      try rejectUnknownKeys()
      return result
    } catch {
      switch error {
      case let error as ConfigurationError: throw error
      case let error as DecodingError:
        if let known = Self.rawValues(of: type), case .string(let text) = effective {
          throw .unknownName("choice", text, known: known, at: path)
        }
        throw ConfigurationError(error.problem, at: path)
      default: throw ConfigurationError("\(error)", at: path)
      }
    }
  }

  /// The words an enumeration is written with; nil for any other type.
  private static func rawValues<T>(of type: T.Type) -> [String]? {
    func words<C: CaseIterable>(_ type: C.Type) -> [String]? {
      let words = type.allCases.compactMap { ($0 as? any RawRepresentable)?.rawValue as? String }
      return words.isEmpty ? nil : words
    }
    guard let type = type as? any CaseIterable.Type else { return nil }
    return words(type)
  }

  private func rejectUnknownKeys() throws(ConfigurationError) {
    // A type that asked for no keys read a scalar, or threw.
    guard isMapping, let value else { return }
    guard case .mapping(let entries) = value else {
      if case .string = value, takesAnyKey { return }
      throw wrongType("a mapping")
    }
    if let unknown = entries.first(where: { !takesKey($0.key) }) {
      throw ConfigurationError(
        .unknownKey(known: requested), at: path + [unknown.key])
    }
  }

  private func takesKey(_ key: String) -> Bool {
    takesAnyKey ? !unreadable.contains(key) : requested.contains(key)
  }

  /// Everything below, whatever its keys are.
  func everything() -> ConfigurationValue {
    takesAnyKey = true
    guard let value else { return fallback ?? .null }
    return fallback?.overlaid(with: value) ?? value
  }

  func child(_ key: String) -> ConfigurationDecoder {
    ConfigurationDecoder(value: value?[key], fallback: fallback?[key], path: path + [key])
  }

  func wrongType(_ expected: String) -> ConfigurationError {
    ConfigurationError(.wrongType(expected: expected, found: effective.kind), at: path)
  }

  func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
    isMapping = true
    return KeyedDecodingContainer(MappingReader<Key>(decoder: self))
  }

  func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
    guard case .list(let items) = effective else { throw wrongType("a list") }
    return ListReader(items: items, path: path)
  }

  func singleValueContainer() throws -> any SingleValueDecodingContainer {
    ScalarReader(decoder: self)
  }
}

/// A name in a path.
struct ConfigurationKey: CodingKey {
  var stringValue: String
  var intValue: Int? { nil }
  init(_ name: String) { stringValue = name }
  init?(stringValue: String) { self.init(stringValue) }
  init?(intValue: Int) { self.init("\(intValue)") }

  /// "klWeight" as it is written in a file: "kl_weight".
  static func snakeCase(_ name: String) -> String {
    var result = ""
    var previousIsLower = false
    for character in name {
      if character.isUppercase {
        if previousIsLower { result.append("_") }
        result += character.lowercased()
      } else {
        result.append(character)
      }
      previousIsLower = character.isLowercase || character.isNumber
    }
    return result
  }

  /// "kl_weight" as it is written in Swift: "klWeight".
  static func camelCase(_ name: String) -> String {
    let words = name.split(separator: "_")
    return words.prefix(1).joined()
      + words.dropFirst().map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
  }
}

extension DecodingError {
  /// The sentence the type gave, without the machinery around it.
  fileprivate var problem: String {
    switch self {
    case .typeMismatch(_, let context), .valueNotFound(_, let context),
      .keyNotFound(_, let context), .dataCorrupted(let context):
      context.debugDescription
    @unknown default: "\(self)"
    }
  }
}
