import ArgumentParser
import VAEZoo

/// `vae presets`.
struct Presets: ParsableCommand {
  static var configuration: CommandConfiguration {
    CommandConfiguration(
      abstract: "List the recipes that training can start from, or print one as YAML.")
  }

  @Argument(help: "A preset to print, to change and give to 'train --config'.")
  var name: String?
  @Flag(help: "Says what is wrong with presets, and with what they can name.")
  var check = false
  @Flag(help: "Prints one JSON object.")
  var json = false

  func run() throws {
    let registry = VAECommand.registry
    if check {
      let problems = registry.problems
      guard problems.isEmpty else { throw Failure(64, problems.joined(separator: "; ")) }
      Console.print("\(registry.presets.count) presets are sound")
    } else if let name {
      let preset = try registry.preset(named: name)
      let configuration = try RunConfiguration(preset: name, registry: registry)
      Console.print(
        json
          ? configuration.tree.json
          : "# \(preset.summary) (\(preset.source))\n" + configuration.yaml.dropLast())
    } else if json {
      let presets = registry.presets.map { preset -> ConfigurationValue in
        [
          "name": .string(preset.name), "summary": .string(preset.summary),
          "source": .string(preset.source),
        ]
      }
      Console.print((["presets": .list(presets)] as ConfigurationValue).json)
    } else {
      Console.print(
        Text.table(registry.presets.map { [$0.name, "\($0.summary) (\($0.source))"] }))
    }
  }
}

/// `vae components`.
struct Components: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "List the parts that models are composed of, with their options and defaults.")

  @Argument(help: "Only parts of this role, or of this name.")
  var filter: String?
  @Flag(help: "Prints one JSON object.")
  var json = false

  func run() throws {
    let known = VAECommand.registry.components
    let components = known.filter { filter == nil || $0.role == filter || $0.name == filter }
    if let filter, components.isEmpty {
      let roles = Self.unique(known.map(\.role)).joined(separator: ", ")
      throw Failure(64, "no role and no part is called '\(filter)'; roles: \(roles)")
    }
    guard !json else {
      let result: ConfigurationValue = ["components": .list(components.map(Self.json))]
      return Console.print(result.json)
    }
    for role in Self.unique(components.map(\.role)) {
      Console.print("\(role):")
      for component in components where component.role == role {
        let subject = component.observation.map { " (of \($0.name))" } ?? ""
        Console.print("  \(component.name)\(subject): \(component.summary)")
        let rows = component.settings.map {
          ["    \($0.key): \($0.value.json)", $0.type, $0.help]
        }
        if !rows.isEmpty { Console.print(Text.table(rows)) }
      }
    }
  }

  private static func json(_ component: ComponentDescription) -> ConfigurationValue {
    let settings = component.settings.map { setting -> ConfigurationValue in
      [
        "key": .string(setting.key), "type": .string(setting.type), "default": setting.value,
        "help": .string(setting.help),
      ]
    }
    return [
      "kind": .string(component.role),
      "for": .string(component.observation?.name ?? "anything"),
      "name": .string(component.name), "summary": .string(component.summary),
      "options": .mapping(component.settings.map { .init($0.key, $0.value) }),
      "settings": .list(settings),
    ]
  }

  /// Words in the order in which they first stand.
  private static func unique(_ words: [String]) -> [String] {
    words.indices.filter { !words[..<$0].contains(words[$0]) }.map { words[$0] }
  }
}

/// `vae datasets`.
struct DatasetList: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "datasets",
    abstract: "List the built-in data sets and the formats that are read.")

  @Flag(help: "Prints one JSON object.")
  var json = false

  func run() {
    let domains = VAECommand.registry.domains
    guard !json else {
      let entries = domains.map { domain -> ConfigurationValue.Entry in
        let lists: ConfigurationValue = [
          "summary": .string(domain.summary), "built_in": Self.list(domain.builtIn),
          "formats": Self.list(domain.formats),
        ]
        return .init(domain.name, lists)
      }
      return Console.print(ConfigurationValue.mapping(entries).json)
    }
    for domain in domains {
      Console.print("\(domain.name) (\(domain.summary)):")
      let rows =
        domain.builtIn.map { [$0.name, "\($0.summary); built in, drawn when it is used"] }
        + domain.formats.map { [$0.name, $0.summary] }
      Console.print(Text.table(rows.map { ["  " + $0[0], $0[1]] }))
    }
  }

  private static func list(_ entries: [Datasets.Entry]) -> ConfigurationValue {
    .list(entries.map { ["name": .string($0.name), "summary": .string($0.summary)] })
  }
}
