import ArgumentParser
import VAEZoo

/// Where a result goes, and what is said about it.
struct ResultOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The file; pictures go into the run folder without it, texts are printed. A name that ends in .npy or "
        + ".csv gives the numbers that a picture shows, in the unit of the data."))
  var out: String?
  @Flag(help: "Prints one JSON object on standard output, and nothing else there.")
  var json = false
  @Flag(help: "Says nothing.")
  var quiet = false

  /// Writes a picture, into the run folder unless told otherwise, or prints texts.
  func write(_ exhibit: Exhibit, named name: String, in folder: RunFolder) throws {
    switch exhibit {
    case .picture(let image, let numbers):
      if let out, let numbers, [".npy", ".csv"].contains(where: out.lowercased().hasSuffix) {
        try write(numbers, to: out, in: folder)
      } else {
        try write(image, named: name, in: folder)
      }
    case .texts(let entries): try write(entries, exhibit.lines, in: folder)
    }
  }

  private func write(_ numbers: Exhibit.Numbers, to path: String, in folder: RunFolder) throws {
    let values = numbers.values
    if path.lowercased().hasSuffix(".npy") {
      try NPY.write(values, to: path)
    } else {
      guard values.shape.rank == 2 || values.shape.rank == 3 && values.shape[2] == 1 else {
        throw ValidationError(
          "\(path): a CSV holds rows of numbers, and these are \(values.shape.dropFirst()) each; "
            + "give a file whose name ends in .npy")
      }
      try replaceFile(path, with: lines(of: numbers))
    }
    if json {
      let result: ConfigurationValue = [
        "run": .string(folder.path), "file": .string(path),
        "shape": .list(values.shape.dimensions.map { .int($0) }),
      ]
      Console.print(result.json)
    } else if !quiet {
      Console.print("wrote \(path), \(values.shape)")
    }
  }

  /// A CSV with a row an observation, which ends where a series has ended, under the names of the
  /// columns or their numbers from 1.
  private func lines(of numbers: Exhibit.Numbers) -> [String] {
    let (rows, width) = (numbers.values.shape[0], numbers.values.shape.dropFirst().count)
    let floats = numbers.values.floats
    let names = numbers.columns ?? (1...max(1, width)).map { "\($0)" }
    return [names.map(Text.csvField).joined(separator: ",")]
      + (0..<rows).map { row in
        floats[(row * width)..<((row + 1) * width)].map { $0.isNaN ? "" : "\($0)" }
          .joined(separator: ",")
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
      try requireEnding(out, ["txt"], of: "a list of texts")
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
