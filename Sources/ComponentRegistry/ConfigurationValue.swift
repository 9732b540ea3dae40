/// What a configuration file holds, before anybody knows what it means: a tree of scalars, lists
/// and mappings.
public enum ConfigurationValue: Sendable, Hashable {
  /// Nothing: `null`.
  case null
  /// `true` or `false`.
  case bool(Bool)
  /// A whole number.
  case int(Int)
  /// A number with a fraction.
  case double(Double)
  /// Text.
  case string(String)
  /// Values in order.
  case list([ConfigurationValue])
  /// Values by name, in the order they were written.
  case mapping([Entry])

  /// One value of a mapping.
  public struct Entry: Sendable, Hashable {
    /// Its name.
    public var key: String
    /// The value.
    public var value: ConfigurationValue

    /// A value under a name.
    public init(_ key: String, _ value: ConfigurationValue) {
      self.key = key
      self.value = value
    }
  }

  /// The entries of a mapping; empty for anything else.
  public var entries: [Entry] {
    if case .mapping(let entries) = self { entries } else { [] }
  }

  /// The text of a string; nil for anything else.
  public var text: String? {
    if case .string(let text) = self { text } else { nil }
  }

  /// A number, whole or not; nil for anything else.
  public var number: Double? {
    switch self {
    case .int(let value): Double(value)
    case .double(let value): value
    default: nil
    }
  }

  /// The value under `key` of a mapping; setting nil takes it away, and setting in a scalar makes a
  /// mapping of it.
  public subscript(key: String) -> ConfigurationValue? {
    get { entries.first { $0.key == key }?.value }
    set {
      var entries = entries
      let place = entries.firstIndex { $0.key == key }
      switch (place, newValue) {
      case (let place?, let value?): entries[place].value = value
      case (let place?, nil): entries.remove(at: place)
      case (nil, let value?): entries.append(Entry(key, value))
      case (nil, nil): break
      }
      self = .mapping(entries)
    }
  }

  /// The value at a dotted path.
  public subscript(path: [String]) -> ConfigurationValue? {
    get { path.reduce(self) { $0?[$1] } }
    set {
      guard let key = path.first else { return }
      if path.count == 1 {
        self[key] = newValue
      } else {
        var inner = self[key] ?? .mapping([])
        inner[Array(path.dropFirst())] = newValue
        self[key] = inner
      }
    }
  }

  /// This value with `changes` laid over it: mappings merge, everything else is replaced.
  ///
  /// Where a change gives a mapping another `name` or `kind`, it describes another thing, and nothing
  /// of the old one stays. A word and a mapping, in either order, are a name and its options.
  public func overlaid(with changes: ConfigurationValue) -> ConfigurationValue {
    switch (self, changes) {
    case (.string, .mapping): return named.overlaid(with: changes)
    case (.mapping, .string): return overlaid(with: changes.named)
    default: break
    }
    guard case .mapping(let entries) = changes, case .mapping = self else { return changes }
    if describesOther(than: changes) { return changes }
    var result = self
    for entry in entries {
      result[entry.key] = result[entry.key]?.overlaid(with: entry.value) ?? entry.value
    }
    return result
  }

  /// What a word alone stands for where a mapping has a name.
  var named: ConfigurationValue {
    if case .string = self { .mapping([Entry("name", self)]) } else { self }
  }

  /// Whether both are mappings that say with different names or kinds what they describe.
  func describesOther(than other: ConfigurationValue) -> Bool {
    ["name", "kind"].contains { key in
      if let own = self[key], let its = other[key] { own != its } else { false }
    }
  }

  /// What it is, for messages: "the text 'abc'", "a list".
  public var kind: String {
    switch self {
    case .null: "nothing"
    case .bool(let value): "\(value)"
    case .int(let value): "the number \(value)"
    case .double(let value): "the number \(value)"
    case .string(let text): "the text '\(text)'"
    case .list: "a list"
    case .mapping: "a mapping"
    }
  }
}

extension ConfigurationValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral,
  ExpressibleByFloatLiteral, ExpressibleByBooleanLiteral, ExpressibleByArrayLiteral,
  ExpressibleByDictionaryLiteral
{
  /// Text.
  public init(stringLiteral value: String) { self = .string(value) }
  /// A whole number.
  public init(integerLiteral value: Int) { self = .int(value) }
  /// A number with a fraction.
  public init(floatLiteral value: Double) { self = .double(value) }
  /// True or false.
  public init(booleanLiteral value: Bool) { self = .bool(value) }
  /// A list.
  public init(arrayLiteral elements: ConfigurationValue...) { self = .list(elements) }
  /// A mapping in the written order.
  public init(dictionaryLiteral elements: (String, ConfigurationValue)...) {
    self = .mapping(elements.map { Entry($0.0, $0.1) })
  }
}
