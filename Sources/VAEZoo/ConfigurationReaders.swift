/// Reads the values of a mapping by their keys.
struct MappingReader<Key: CodingKey>: KeyedDecodingContainerProtocol {
  let decoder: ConfigurationDecoder
  var codingPath: [any CodingKey] { decoder.codingPath }

  /// Asked by dictionaries and by enumerations, whose case may be written alone: `schedule: constant`.
  var allKeys: [Key] {
    decoder.takesAnyKey = true
    let names =
      switch decoder.effective {
      case .string(let name): [name]
      case let other: other.entries.map(\.key)
      }
    return names.compactMap {
      let key = Key(stringValue: $0) ?? Key(stringValue: ConfigurationKey.camelCase($0))
      if key == nil { decoder.unreadable.append($0) }
      return key
    }
  }

  private func child(_ key: Key) throws(ConfigurationError) -> ConfigurationDecoder {
    let name = ConfigurationKey.snakeCase(key.stringValue)
    if !decoder.requested.contains(name) { decoder.requested.append(name) }
    switch decoder.effective {
    case .mapping: break
    case .string where decoder.takesAnyKey: break
    default: throw decoder.wrongType("a mapping")
    }
    if decoder.takesAnyKey, decoder.value?[key.stringValue] != nil {
      return decoder.child(key.stringValue)
    }
    return decoder.child(name)
  }

  func contains(_ key: Key) -> Bool {
    guard let child = try? child(key) else { return false }
    return child.value != nil || child.fallback != nil
  }

  func decodeNil(forKey key: Key) throws -> Bool { try child(key).effective == .null }
  func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T {
    try child(key).decode(type)
  }

  func nestedContainer<Inner: CodingKey>(
    keyedBy type: Inner.Type, forKey key: Key
  ) throws -> KeyedDecodingContainer<Inner> {
    let child = try child(key)
    let value = child.value ?? (child.fallback == nil ? .mapping([]) : nil)
    return try ConfigurationDecoder(value: value, fallback: child.fallback, path: child.path)
      .container(keyedBy: type)
  }

  func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
    try child(key).unkeyedContainer()
  }

  func superDecoder() throws -> any Swift.Decoder { decoder }
  func superDecoder(forKey key: Key) throws -> any Swift.Decoder { try child(key) }
}

/// Reads the values of a list in order.
struct ListReader: UnkeyedDecodingContainer {
  let items: [ConfigurationValue]
  let path: [String]
  var currentIndex = 0
  var codingPath: [any CodingKey] { path.map { ConfigurationKey($0) } }
  var count: Int? { items.count }
  var isAtEnd: Bool { currentIndex >= items.count }

  init(items: [ConfigurationValue], path: [String]) {
    self.items = items
    self.path = path
  }

  private mutating func next() throws(ConfigurationError) -> ConfigurationDecoder {
    let itemPath = path + ["\(currentIndex)"]
    guard !isAtEnd else { throw ConfigurationError(.missing, at: itemPath) }
    defer { currentIndex += 1 }
    return ConfigurationDecoder(value: items[currentIndex], fallback: nil, path: itemPath)
  }

  mutating func decodeNil() throws -> Bool {
    guard !isAtEnd, items[currentIndex] == .null else { return false }
    currentIndex += 1
    return true
  }

  mutating func decode<T: Decodable>(_ type: T.Type) throws -> T { try next().decode(type) }

  mutating func nestedContainer<Key: CodingKey>(
    keyedBy type: Key.Type
  ) throws -> KeyedDecodingContainer<Key> { try next().container(keyedBy: type) }

  mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
    try next().unkeyedContainer()
  }

  mutating func superDecoder() throws -> any Swift.Decoder { try next() }
}

/// Reads a scalar as the type that is wanted.
struct ScalarReader: SingleValueDecodingContainer {
  let decoder: ConfigurationDecoder
  var codingPath: [any CodingKey] { decoder.codingPath }

  func decodeNil() -> Bool { decoder.effective == .null }

  func decode(_ type: Bool.Type) throws -> Bool {
    guard case .bool(let value) = decoder.effective else {
      throw decoder.wrongType("true or false")
    }
    return value
  }

  func decode(_ type: String.Type) throws -> String {
    switch decoder.effective {
    case .string(let text): text
    case .int(let value): "\(value)"
    case .double(let value): "\(value)"
    case .bool, .null, .list, .mapping: throw decoder.wrongType("text")
    }
  }

  func decode(_ type: Double.Type) throws -> Double {
    switch decoder.effective {
    case .double(let value): value
    case .int(let value): Double(value)
    default: throw decoder.wrongType("a number")
    }
  }

  func decode(_ type: Float.Type) throws -> Float { Float(try decode(Double.self)) }

  private func integer<I: FixedWidthInteger>(_ type: I.Type) throws -> I {
    let exact: I? =
      switch decoder.effective {
      case .int(let value): I(exactly: value)
      case .double(let value): I(exactly: value)
      default: nil
      }
    guard let exact else {
      throw decoder.wrongType(I.isSigned ? "a whole number" : "a whole number, not negative")
    }
    return exact
  }

  func decode(_ type: Int.Type) throws -> Int { try integer(type) }
  func decode(_ type: Int8.Type) throws -> Int8 { try integer(type) }
  func decode(_ type: Int16.Type) throws -> Int16 { try integer(type) }
  func decode(_ type: Int32.Type) throws -> Int32 { try integer(type) }
  func decode(_ type: Int64.Type) throws -> Int64 { try integer(type) }
  func decode(_ type: UInt.Type) throws -> UInt { try integer(type) }
  func decode(_ type: UInt8.Type) throws -> UInt8 { try integer(type) }
  func decode(_ type: UInt16.Type) throws -> UInt16 { try integer(type) }
  func decode(_ type: UInt32.Type) throws -> UInt32 { try integer(type) }
  func decode(_ type: UInt64.Type) throws -> UInt64 { try integer(type) }
  func decode<T: Decodable>(_ type: T.Type) throws -> T { try decoder.decode(type) }
}
