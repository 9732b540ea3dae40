/// What a module brings to a registry: its parts and its presets.
///
///     extension Family {
///       public static let mine = Family { $0.add(.prior, "mine", "a prior", NoOptions()) { ... } }
///     }
public struct Family: Sendable {
  let register: @Sendable (inout Registry) -> Void

  /// A family that adds its parts and presets.
  public init(_ register: @escaping @Sendable (inout Registry) -> Void) { self.register = register }
}

/// A recipe by name: a configuration to start from, in the words of `config.yaml`.
public struct Preset: Sendable {
  /// Its name, such as "pytorch-mnist".
  public let name: String
  /// What it is, in one line.
  public let summary: String
  /// The paper or code it follows; "this package" where it follows none.
  public let source: String
  /// The recipe: YAML over the defaults.
  public let yaml: String

  /// A recipe from `source`.
  public init(_ name: String, _ summary: String, source: String, _ yaml: String) {
    self.name = name
    self.summary = summary
    self.source = source
    self.yaml = yaml
  }
}
