/// Parts of one role by name, each with its options, in order: `{mmd: {weight: 10}, code-size: {}}`.
///
/// Over another set, as where a configuration changes a preset, parts are added and options changed; a part that is null is left
/// out.
public struct ComponentSet: Sendable, Hashable {
  /// The parts.
  public var components: [ComponentConfiguration]

  /// Parts with the options that differ from their defaults.
  public init(_ components: [ComponentConfiguration] = []) { self.components = components }
}

extension ComponentSet: Codable {
  /// Reads a mapping from names to options.
  public init(from decoder: any Swift.Decoder) throws {
    let value = try ConfigurationValue(from: decoder)
    let path = decoder.codingPath.map(\.stringValue)
    guard case .mapping(let entries) = value else {
      throw ConfigurationError(
        .wrongType(expected: "parts by name, such as {mmd: {weight: 10}}", found: value.kind),
        at: path)
    }
    components = try entries.compactMap { entry in
      switch entry.value {
      case .null: return nil
      case .mapping: return ComponentConfiguration(entry.key, options: entry.value)
      default:
        throw ConfigurationError(
          .wrongType(expected: "the options of '\(entry.key)', a mapping", found: entry.value.kind),
          at: path + [entry.key])
      }
    }
  }

  /// Writes a mapping from names to options.
  public func encode(to encoder: any Swift.Encoder) throws {
    try ConfigurationValue.mapping(components.map { .init($0.name, $0.options) })
      .encode(to: encoder)
  }
}

extension Assembly {
  /// Makes the parts of a set.
  ///
  /// - Throws: What making one of them throws, with its name before it.
  public func make<Part>(
    _ set: ComponentSet, _ role: Role<Part>, as slot: String
  ) throws -> [Part] {
    try set.components.map { try make($0, role, as: "\(slot).\($0.name)") }
  }
}
