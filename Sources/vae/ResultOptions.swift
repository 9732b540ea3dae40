import ArgumentParser
import VAEZoo

/// Where a result goes, and what is said about it.
struct ResultOptions: ParsableArguments {
  @Option(help: "The file; pictures go into the run folder without it, texts are printed.")
  var out: String?
  @Flag(help: "Prints one JSON object on standard output, and nothing else there.")
  var json = false
  @Flag(help: "Says nothing.")
  var quiet = false

  /// Writes a picture, into the run folder unless told otherwise; `figures` join its JSON.
  func write(
    _ image: Image, named name: String, of run: some Run,
    figures: [(name: String, value: ConfigurationValue)] = []
  ) throws {
    let path = out ?? "\(run.folder.path)/\(name)"
    try image.writePNG(to: path)
    if json {
      var result: ConfigurationValue = [
        "run": .string(run.folder.path), "picture": .string(path), "width": .int(image.width),
        "height": .int(image.height),
      ]
      for figure in figures { result[figure.name] = figure.value }
      Console.print(result.json)
    } else if !quiet {
      Console.print("wrote \(path), \(image.width)x\(image.height) pixels")
    }
  }

  /// Prints texts, or writes them to the file; the named texts of an entry stand under each other.
  func write(_ entries: [[(name: String, text: String)]], of run: some Run) throws {
    let lines = entries.enumerated().flatMap { index, entry -> [String] in
      guard entry.count > 1 else { return entry.map(\.text) }
      let width = entry.map(\.name.count).max() ?? 0
      let named = entry.map {
        "\($0.name): " + String(repeating: " ", count: width - $0.name.count) + $0.text
      }
      return (index > 0 ? [""] : []) + named
    }
    if let out { try replaceFile(out, with: lines) }
    if json {
      let list = entries.map { entry in
        ConfigurationValue.mapping(entry.map { .init($0.name, .string($0.text)) })
      }
      Console.print(
        (["run": .string(run.folder.path), "texts": .list(list)] as ConfigurationValue).json)
    } else if let out, !quiet {
      Console.print("wrote \(out), \(Text.count(entries.count)) texts")
    } else if out == nil && !quiet {
      for line in lines { Console.print(line) }
    }
  }
}

func requireCount(_ value: Int, _ option: String, limit: Int) throws {
  guard (1...limit).contains(value) else {
    throw ValidationError("\(option) takes a count from 1 to \(limit), not \(value)")
  }
}

extension Run {
  /// What the model is, in a few words.
  var caption: String {
    let name = configuration.preset ?? configuration.model.encoder.name
    return "\(name) trained on \(configuration.data.name)"
  }
}
