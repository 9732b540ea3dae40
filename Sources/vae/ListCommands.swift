import ArgumentParser
import VAEZoo

/// `vae presets`.
struct Presets: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "List the recipes that training can start from, or print one as YAML.")

  @Argument(help: "A preset to print, to change and give to 'vae train --config'.")
  var name: String?
  @Flag(help: "Prints one JSON object.")
  var json = false

  func run() throws {
    if let name {
      let preset = try Preset.named(name)
      let configuration = try Registry.standard.resolved(preset.configuration)
      Console.print(
        json
          ? ConfigurationValue(encoding: configuration).json
          : "# \(preset.summary)\n" + configuration.yaml.dropLast())
    } else if json {
      let presets = Preset.all.map { preset -> ConfigurationValue in
        ["name": .string(preset.name), "summary": .string(preset.summary)]
      }
      Console.print((["presets": .list(presets)] as ConfigurationValue).json)
    } else {
      Console.print(Text.table(Preset.all.map { [$0.name, $0.summary] }))
    }
  }
}

/// `vae components`.
struct Components: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "List the parts that models are composed of, with their options and defaults.")

  @Flag(help: "Prints one JSON object.")
  var json = false

  func run() {
    let components = Registry.standard.components
    guard !json else {
      let list = components.map { component -> ConfigurationValue in
        [
          "kind": .string(component.kind.rawValue), "for": .string(component.subject.rawValue),
          "name": .string(component.name),
          "summary": .string(component.summary), "options": component.options,
        ]
      }
      Console.print((["components": .list(list)] as ConfigurationValue).json)
      return
    }
    for kind in ComponentDescription.Kind.allCases {
      Console.print("\(kind.rawValue):")
      for component in components where component.kind == kind {
        let subject = component.subject == .anything ? "" : " (of \(component.subject.rawValue))"
        Console.print("  \(component.name)\(subject): \(component.summary)")
        for option in component.options.entries {
          Console.print("    \(option.key): \(option.value.json)")
        }
      }
    }
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
    guard !json else {
      func list(_ entries: [Datasets.Entry]) -> ConfigurationValue {
        .list(
          entries.map { ["name": .string($0.name), "summary": .string($0.summary)] })
      }
      let result: ConfigurationValue = [
        "built_in": list(Datasets.builtIn), "formats": list(Datasets.formats),
        "text_formats": list(Datasets.textFormats),
      ]
      Console.print(result.json)
      return
    }
    func rows(_ entries: [Datasets.Entry]) -> String {
      Text.table(entries.map { ["  " + $0.name, $0.summary] })
    }
    Console.print("built in, drawn when they are used:\n\(rows(Datasets.builtIn))")
    Console.print("files and folders of images, series and sound:\n\(rows(Datasets.formats))")
    Console.print("files and folders of text:\n\(rows(Datasets.textFormats))")
  }
}
