import ArgumentParser
import VAEZoo

/// `vae reconstruct`.
struct Reconstruct: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Show examples and what a trained model makes of each.",
    discussion: """
      Images and signals go into a PNG file; pairs of texts are printed, or written to --out.
      """)

  @OptionGroup var source: RunArgument
  @OptionGroup var data: DataArguments
  @Option(help: "How many; 50 without it, 20 of texts and 12 of signals.")
  var count: Int?
  @Option(help: "Pairs in a row; 25 without it, fewer where images are wide.")
  var columns: Int?
  @OptionGroup var decoding: DecodingOptions
  @OptionGroup var compute: ComputeOptions
  @OptionGroup var output: ResultOptions

  func validate() throws {
    try count.map { try requireCount($0, "--count", limit: 10_000) }
    try columns.map { try requireCount($0, "--columns", limit: 1000) }
  }

  func run() throws {
    compute.apply()
    switch try source.open() {
    case let run as ImageRun: try reconstruct(run)
    case let run as SequenceRun: try reconstruct(run)
    default: break
    }
  }

  private func reconstruct(_ run: ImageRun) throws {
    let (name, batch) = try examples(count ?? 50, for: run)
    let width = columns ?? ImageSheet.comparisonColumns(for: batch.observations)
    var sheet = try run.model.reconstructionSheet(
      batch.observations, columns: width, title: "Reconstructions")
    sheet.subtitle = "\(name) images; \(run.caption)"
    try output.write(sheet.rendered(), named: "reconstruction.png", of: run)
  }

  private func reconstruct(_ run: SequenceRun) throws {
    let (name, batch) = try examples(count ?? (run.tokenizer == nil ? 12 : 20), for: run)
    var key = run.configuration.key(.pictures)
    guard run.tokenizer != nil else {
      return try output.write(
        run.picture(
          ofReconstructed: batch.observations, title: "Reconstructions",
          subtitle: "\(name) signals; \(run.caption)"),
        named: "reconstruction.png", of: run)
    }
    let pairs = run.reconstructions(of: batch.observations, by: decoding.rule, using: &key)
    try output.write(
      pairs.map { [("original", $0.original), ("reconstruction", $0.reconstruction)] }, of: run)
  }

  private func examples<R: Run>(
    _ count: Int, for run: R
  ) throws -> (name: String, batch: Batch<R.Part.Observation>) {
    let (data, name, dataset) = try data.open(for: run)
    guard let batch = try data.examples(count, of: dataset) else {
      throw Failure(65, "\(dataset.name): the \(name) part has no examples")
    }
    return (name, batch)
  }
}
