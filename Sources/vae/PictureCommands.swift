import ArgumentParser
import VAEZoo

/// `vae sample`.
struct Sample: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Draw new images from a trained model.")

  @OptionGroup var source: RunArgument
  @Option(help: "How many.")
  var count = 64
  @Option(help: "Images in a row; about a square without it.")
  var columns: Int?
  @Option(help: "What the samples come from: another seed, other images.")
  var seed = 0
  @OptionGroup var output: SheetOptions

  func validate() throws {
    try requireCount(count, "--count", limit: 10_000)
    try columns.map { try requireCount($0, "--columns", limit: 1000) }
  }

  func run() throws {
    let run = try source.open()
    var key = RandomKey(seed: UInt64(bitPattern: Int64(seed)))
    let codes = run.model.samplePrior(count, using: &key)
    var sheet = try run.model.sampleSheet(codes: codes, columns: columns, title: "Samples")
    sheet.subtitle = run.caption
    try output.write(sheet, named: "sample.png", of: run)
  }
}

/// `vae reconstruct`.
struct Reconstruct: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Show images and, under each, what a trained model makes of it.")

  @OptionGroup var source: RunArgument
  @OptionGroup var data: DataArguments
  @Option(help: "How many.")
  var count = 50
  @Option(help: "Pairs in a row; 25 without it, fewer where images are wide.")
  var columns: Int?
  @OptionGroup var output: SheetOptions

  func validate() throws {
    try requireCount(count, "--count", limit: 10_000)
    try columns.map { try requireCount($0, "--columns", limit: 1000) }
  }

  func run() throws {
    let run = try source.open()
    let (data, name, dataset) = try data.open(for: run)
    let batch = try data.examples(count, of: dataset)
    let width = columns ?? ImageSheet.comparisonColumns(for: batch.observations)
    var sheet = try run.model.reconstructionSheet(
      batch.observations, columns: width, title: "Reconstructions")
    sheet.subtitle = "\(name) images; \(run.caption)"
    try output.write(sheet, named: "reconstruction.png", of: run)
  }
}

/// `vae traverse`.
struct Traverse: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Show what each code does: one runs along a row while the others stay.")

  @OptionGroup var source: RunArgument
  @Option(
    parsing: .upToNextOption,
    help: "The codes to show, counted from 1; all without it, at most the first 32.")
  var codes: [Int] = []
  @Option(help: "Codes run from minus this to this.")
  var reach = 3.0
  @Option(help: "Values of each code.")
  var columns = 11
  @Option(help: "Starts from this held-out example, counted from 0, instead of the middle.")
  var example: Int?
  @OptionGroup var data: DataArguments
  @OptionGroup var output: SheetOptions

  func validate() throws {
    try requireCount(columns, "--columns", limit: 1000)
    guard reach > 0, reach < 1e6 else { throw ValidationError("--reach takes a number above 0") }
  }

  func run() throws {
    let run = try source.open()
    let latent = run.model.latentCount
    if let wrong = codes.first(where: { !(1...latent).contains($0) }) {
      throw Failure(64, "--codes: the model has codes 1 to \(latent), not \(wrong)")
    }
    let chosen = codes.isEmpty ? Array(0..<min(latent, 32)) : codes.map { $0 - 1 }
    var sheet = try run.model.traversalSheet(
      from: try start(run), dimensions: chosen, reach: reach, columns: columns,
      title: "Codes one by one")
    sheet.subtitle = run.caption
    try output.write(sheet, named: "traversal.png", of: run)
  }

  private func start(_ run: TrainedRun) throws -> Tensor? {
    guard let example else { return nil }
    let (data, name, dataset) = try data.open(for: run)
    guard (0..<dataset.count).contains(example) else {
      throw Failure(
        64, "--example: the \(name) part of \(dataset.name) has examples 0 to \(dataset.count - 1)")
    }
    let batches = data.batches(of: dataset.subset([example])).batches(epoch: 0)
    return try batches.next().map { run.model.codes(of: $0.observations) }
  }
}

/// Where a sheet goes, and what is said about it.
struct SheetOptions: ParsableArguments {
  @Option(help: "The PNG file; in the run folder without it.")
  var out: String?
  @Flag(help: "Prints one JSON object on standard output, and nothing else there.")
  var json = false
  @Flag(help: "Says nothing.")
  var quiet = false

  func write(_ sheet: ImageSheet, named name: String, of run: TrainedRun) throws {
    let path = out ?? "\(run.folder.path)/\(name)"
    let image = sheet.rendered()
    try image.writePNG(to: path)
    if json {
      let result: ConfigurationValue = [
        "run": .string(run.folder.path), "picture": .string(path), "width": .int(image.width),
        "height": .int(image.height),
      ]
      Console.print(result.json)
    } else if !quiet {
      Console.print("wrote \(path), \(image.width)x\(image.height) pixels")
    }
  }
}

func requireCount(_ value: Int, _ option: String, limit: Int) throws {
  guard (1...limit).contains(value) else {
    throw ValidationError("\(option) takes a count from 1 to \(limit), not \(value)")
  }
}

extension TrainedRun {
  /// What the model is, in a few words.
  var caption: String {
    let name = configuration.preset ?? configuration.model.encoder.name
    return "\(name) trained on \(configuration.data.name)"
  }
}
