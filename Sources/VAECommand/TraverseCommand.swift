import ArgumentParser
import VAEZoo

/// `vae traverse`.
struct Traverse: RunCommand {
  static let configuration = CommandConfiguration(
    abstract: "Show what each code does: one runs along a row while the others stay.")

  static let infersCodes = false

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
  @OptionGroup var output: ResultOptions

  func validate() throws {
    try requireCount(columns, "--columns", limit: 1000)
    guard reach > 0, reach < 1e6 else { throw ValidationError("--reach takes a number above 0") }
  }

  func act<D: Domain>(on run: Run<D>) throws {
    let latent = run.model.latentCount
    if let wrong = codes.first(where: { !(1...latent).contains($0) }) {
      throw Failure(64, "--codes: the model has codes 1 to \(latent), not \(wrong)")
    }
    let chosen = codes.isEmpty ? Array(0..<min(latent, 32)) : codes.map { $0 - 1 }
    let start = try start(run)?.floats ?? Array(repeating: 0, count: latent)
    var sheet = try ImageSheet.traversal(
      from: start, dimensions: chosen, reach: reach, columns: columns, title: "Codes one by one"
    ) { codes throws(PictureError) in try run.pictures(from: codes) }
    sheet.subtitle = run.caption
    try output.write(.picture(sheet.rendered()), named: "traversal", in: run.folder)
  }

  private func start<D: Domain>(_ run: Run<D>) throws -> Tensor? {
    guard let example else { return nil }
    try requireCodes(of: run)
    let (data, name, dataset) = try data.open(for: run)
    guard (0..<dataset.count).contains(example) else {
      throw Failure(
        64, "--example: \(Text.part(name, of: dataset.name)) has examples 0 to \(dataset.count - 1)"
      )
    }
    let batches = data.batches(of: dataset.subset([example])).batches(epoch: 0, startingAt: 0)
    return try batches.next().map { run.model.codes(of: $0.observations) }
  }
}
