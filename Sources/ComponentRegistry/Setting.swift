/// One option of a component, told once: its default, what it is, and what it may be.
///
///     struct Options: ComponentOptions {
///       @Setting("The width of each hidden layer, in the order data flows.", .widths)
///       var hidden = [400]
///     }
@propertyWrapper
public struct Setting<Value: Codable & Sendable & Hashable>: Sendable {
  /// The option's value.
  public var wrappedValue: Value
  let help: String
  let rule: Rule<Value>?
  let slot: String?

  /// An option with its default and a line about it, which takes every value of its type.
  public init(wrappedValue: Value, _ help: String) {
    self.wrappedValue = wrappedValue
    self.help = help
    (rule, slot) = (nil, nil)
  }

  /// An option with its default, a line about it and the values it takes.
  public init(wrappedValue: Value, _ help: String, _ rule: Rule<Value>) {
    self.wrappedValue = wrappedValue
    self.help = help
    self.rule = rule
    slot = nil
  }
}

extension Setting where Value == ComponentConfiguration {
  /// A part chosen by name among those of a role, such as the encoder of a model.
  public init(wrappedValue: ComponentConfiguration, _ help: String, role: String) {
    self.wrappedValue = wrappedValue
    self.help = help
    rule = nil
    slot = role
  }
}

extension Setting where Value == ComponentSet {
  /// Parts of a role, chosen by their names, such as the penalties of an objective.
  public init(wrappedValue: ComponentSet, _ help: String, role: String) {
    self.wrappedValue = wrappedValue
    self.help = help
    rule = nil
    slot = role
  }
}

extension Setting: Codable, Hashable {
  /// Reads the value alone: what is told about an option stands with its default.
  public init(from decoder: any Swift.Decoder) throws {
    let value = try (decoder as? ConfigurationDecoder)?.decode(Value.self) ?? Value(from: decoder)
    self.init(wrappedValue: value, "")
  }

  /// Writes the value alone.
  public func encode(to encoder: any Swift.Encoder) throws {
    try wrappedValue.encode(to: encoder)
  }

  /// Whether the values agree.
  public static func == (a: Self, b: Self) -> Bool { a.wrappedValue == b.wrappedValue }

  /// Hashes the value.
  public func hash(into hasher: inout Hasher) { wrappedValue.hash(into: &hasher) }
}

/// An option as a listing of components tells it.
public struct SettingDescription: Sendable {
  /// Its key in a configuration.
  public let key: String
  /// "a count from 1 to 64", "one of relu, tanh", "a decoder"; empty where the default must tell.
  public let type: String
  /// The default.
  public let value: ConfigurationValue
  /// A line about it.
  public let help: String
  /// The role of the part it names, or of the parts; nil of plain values.
  public let role: String?
  /// Whether it names any number of parts.
  public let isSet: Bool
}

// MARK: - What options of any type have in common

protocol AnySetting {
  var help: String { get }
  var slot: String? { get }
  var typeName: String { get }
  var isSet: Bool { get }
  var value: Any { get }
  /// What is wrong with the other's value by this one's rule.
  func problem(with other: Any) -> String?
}

extension Setting: AnySetting {
  var value: Any { wrappedValue }
  var isSet: Bool { Value.self == ComponentSet.self }

  var typeName: String {
    if let slot, isSet { return "parts by name: vae components \(slot)" }
    if let slot { return ("aeiou".contains(slot.prefix(1)) ? "an " : "a ") + slot }
    return rule?.text ?? words(for: Value.self)
  }

  func problem(with other: Any) -> String? {
    guard let rule, let setting = other as? Setting, !rule.holds(setting.wrappedValue) else {
      return nil
    }
    return "takes \(rule.text), found \(ConfigurationValue(encoding: setting.wrappedValue).json)"
  }
}

/// What a type is called by people who write configurations; empty where the default must tell.
private func words<T>(for type: T.Type) -> String {
  func cases<C: CaseIterable>(_ type: C.Type) -> String {
    let words = type.allCases.compactMap { ($0 as? any RawRepresentable)?.rawValue as? String }
    return words.isEmpty ? "" : "one of \(words.joined(separator: ", "))"
  }
  if let type = type as? any CaseIterable.Type { return cases(type) }
  if let type = type as? any OptionalType.Type { return type.wrappedWords }
  return switch type {
  case is Int.Type: "a whole number"
  case is Double.Type: "a number"
  case is Bool.Type: "true or false"
  case is String.Type: "text"
  default: ""
  }
}

private protocol OptionalType { static var wrappedWords: String { get } }

extension Optional: OptionalType {
  fileprivate static var wrappedWords: String {
    let wrapped = words(for: Wrapped.self)
    return wrapped.isEmpty ? "" : wrapped + ", or null"
  }
}
