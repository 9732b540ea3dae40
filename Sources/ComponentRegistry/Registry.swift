public import TensorCore

/// Everything that configurations can name: parts, whole models, objectives, domains and presets.
///
/// A value that an application holds. Code that composes models from types never needs it.
public struct Registry: Sendable {
  private var entries: [Entry] = []
  /// Recipes, in the order they were added.
  public private(set) var presets: [Preset] = []

  /// What families bring.
  public init(_ families: [Family] = []) { for family in families { family.register(&self) } }

  /// This and other families.
  public func adding(_ families: Family...) -> Registry {
    var result = self
    for family in families { family.register(&result) }
    return result
  }

  /// Adds a part.
  ///
  /// - Parameters:
  ///   - role: What it is for.
  ///   - name: Its name in configurations; one of a role, a form of observations and a name may be
  ///     named, of two it cannot be told which is meant.
  ///   - summary: What it is, in one line.
  ///   - options: Its options with their defaults.
  ///   - make: Makes it of options that are sound, with what the assembly knows.
  public mutating func add<Part, Options: ComponentOptions>(
    _ role: Role<Part>, _ name: String, _ summary: String, _ options: Options,
    make: @escaping @Sendable (Options, Assembly, inout RandomKey) throws -> Part
  ) {
    entries.append(
      Entry(
        description: ComponentDescription(
          role: role.name, observation: role.observation, name: name, summary: summary,
          describe: { options.described }),
        resolve: { tree, path, others throws(ConfigurationError) in
          ConfigurationValue(
            encoding: try tree.options(over: options, at: path, beside: others))
        },
        make: { tree, path, assembly, key in
          try make(tree.options(over: options, at: path), assembly, &key)
        }))
  }

  /// Adds a recipe.
  public mutating func add(_ preset: Preset) { presets.append(preset) }

  /// The parts, in the order they were added.
  public var components: [ComponentDescription] { entries.map(\.description) }

  struct Entry: Sendable {
    let description: ComponentDescription
    /// Every option spelled out; throws where one is wrong.
    let resolve:
      @Sendable (
        ConfigurationValue, _ path: [String], _ others: [String]
      ) throws(ConfigurationError) -> ConfigurationValue
    let make:
      @Sendable (ConfigurationValue, _ path: [String], Assembly, inout RandomKey) throws -> Any
  }

  /// The part of a role and a name; `place` is where the name stands in a configuration.
  func entry(
    _ role: String, _ name: String, of observed: Observed, at place: [String]
  ) throws(ConfigurationError) -> Entry {
    let named = entries.filter { $0.description.role == role && $0.description.name == name }
    let fitting = named.filter { $0.description.fits(observed) }
    if fitting.count == 1 { return fitting[0] }
    if fitting.isEmpty, let part = observed.part,
      components.contains(where: { $0.role == role && $0.fits(part) })
    {
      return try entry(role, name, of: part, at: place)
    }
    let known = components.filter { $0.role == role && $0.fits(observed) }.map(\.name)
    guard fitting.isEmpty else {
      throw ConfigurationError(
        "two parts with the role \(role) are called '\(name)', so it cannot be told which is "
          + "meant; rename one of them where it is registered", at: place)
    }
    guard named.isEmpty else {
      let others = named.compactMap { $0.description.observation?.name }
      throw ConfigurationError(
        "the \(role) '\(name)' is for \(others.joined(separator: " or ")), not for "
          + "\(observed.name); choose among \(known.joined(separator: ", "))", at: place)
    }
    throw .unknownName(role, name, known: known, at: place)
  }

  /// A part's options, and those of the parts it names, with every default spelled out.
  ///
  /// - Parameters:
  ///   - part: The part and the options that differ from its defaults.
  ///   - role: The name of its role.
  ///   - observed: What is observed.
  ///   - path: Where its options stand.
  ///   - place: Where its name stands; `name` beside the options unless told otherwise.
  ///   - others: The keys that may stand beside the options.
  /// - Returns: The part, whole.
  /// - Throws: ``ConfigurationError`` for an unknown name or key, or a value that makes no sense. No
  ///   data is needed for that.
  package func resolved(
    _ part: ComponentConfiguration, role: String, of observed: Observed, at path: [String],
    named place: [String]? = nil, beside others: [String] = ["name"]
  ) throws(ConfigurationError) -> ComponentConfiguration {
    let entry = try entry(role, part.name, of: observed, at: place ?? path + ["name"])
    var tree = try entry.resolve(part.options, path, others)
    for setting in entry.description.settings {
      guard let role = setting.role, let value = tree[setting.key] else { continue }
      let place = path + [setting.key]
      if setting.isSet {
        var set = try value.decoded(as: ComponentSet.self, at: place)
        for i in set.components.indices {
          let own = place + [set.components[i].name]
          set.components[i] = try resolved(
            set.components[i], role: role, of: observed, at: own, named: place, beside: [])
        }
        tree[setting.key] = ConfigurationValue(encoding: set)
        continue
      }
      let inner = try value.decoded(as: ComponentConfiguration.self, at: place)
      tree[setting.key] = ConfigurationValue(
        encoding: try resolved(inner, role: role, of: observed, at: place))
    }
    return ComponentConfiguration(part.name, options: tree)
  }

  /// The parts and presets whose names another has too, a sentence each.
  package var collisions: [String] {
    let parts = components.indices.flatMap { i in
      components[..<i].filter { $0.collides(with: components[i]) }.map {
        "two parts with the role \($0.role) are called '\($0.name)'"
      }
    }
    let names = presets.map(\.name)
    return parts
      + names.indices.filter { names[..<$0].contains(names[$0]) }.map {
        "two presets are called '\(names[$0])'"
      }
  }
}

/// A part that configurations can name.
public struct ComponentDescription: Sendable {
  /// Its role.
  public let role: String
  /// What must be observed; nil where anything may be.
  public let observation: Observed?
  /// Its name.
  public let name: String
  /// What it is, in one line.
  public let summary: String
  /// Looked at when somebody asks: most commands never do.
  let describe: @Sendable () -> [SettingDescription]

  /// Its options.
  public var settings: [SettingDescription] { describe() }

  /// Whether it can be used where `observed` is.
  public func fits(_ observed: Observed) -> Bool { observation?.admits(observed) ?? true }

  fileprivate func collides(with other: ComponentDescription) -> Bool {
    role == other.role && name == other.name && (other.observation.map(fits) ?? true)
  }
}
