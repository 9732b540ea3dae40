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

  /// Writes a picture, into the run folder unless told otherwise, or prints texts.
  func write(_ exhibit: Exhibit, named name: String, in folder: RunFolder) throws {
    switch exhibit {
    case .picture(let image): try write(image, named: name, in: folder)
    case .texts(let entries): try write(entries, exhibit.lines, in: folder)
    }
  }

  /// Writes a picture, into the run folder unless told otherwise; `figures` join its JSON.
  func write(
    _ image: Image, named name: String, in folder: RunFolder,
    figures: [(name: String, value: ConfigurationValue)] = []
  ) throws {
    let path = out ?? "\(folder.path)/\(name).png"
    try requireEnding(path, ["png"], of: "a picture")
    try image.writePNG(to: path)
    if json {
      var result: ConfigurationValue = [
        "run": .string(folder.path), "picture": .string(path), "width": .int(image.width),
        "height": .int(image.height),
      ]
      for figure in figures { result[figure.name] = figure.value }
      Console.print(result.json)
    } else if !quiet {
      Console.print("wrote \(path), \(image.width)x\(image.height) pixels")
    }
  }

  private func write(
    _ entries: [[(name: String, text: String)]], _ lines: [String], in folder: RunFolder
  ) throws {
    if let out {
      try requireEnding(out, ["txt"], of: "texts")
      try replaceFile(out, with: lines)
    }
    if json {
      let list = entries.map { entry in
        ConfigurationValue.mapping(entry.map { .init($0.name, .string($0.text)) })
      }
      Console.print(
        (["run": .string(folder.path), "texts": .list(list)] as ConfigurationValue).json)
    } else if let out, !quiet {
      Console.print("wrote \(out), \(Text.count(entries.count)) texts")
    } else if out == nil && !quiet {
      for line in lines { Console.print(line) }
    }
  }
}

/// Refuses a file whose name says that it is something else than what is written.
func requireEnding(_ path: String, _ known: [String], of what: String) throws {
  let name = path.split(separator: "/").last ?? ""
  let parts = name.split(separator: ".", omittingEmptySubsequences: false)
  let ending = parts.count > 1 ? parts.last?.lowercased() ?? "" : ""
  guard !known.contains(ending) else { return }
  let choices = known.map { ".\($0)" }.joined(separator: " or ")
  throw ValidationError("\(path): \(what) goes into a file whose name ends in \(choices)")
}

func requireCount(_ value: Int, _ option: String, limit: Int) throws {
  guard (1...limit).contains(value) else {
    throw ValidationError("\(option) takes a count from 1 to \(limit), not \(value)")
  }
}
