import ArgumentParser
import VAEZoo

/// `vae sample`.
struct Sample: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Draw new images, texts or signals from a trained model.",
    discussion: """
      Images and signals go into a PNG file; texts are printed, a line each, or written to --out.
      """)

  @OptionGroup var source: RunArgument
  @Option(help: "How many; 64 without it, 20 of texts and 12 of signals.")
  var count: Int?
  @Option(help: "Images in a row; about a square without it.")
  var columns: Int?
  @Option(help: "What the samples come from: another seed, other samples.")
  var seed = 0
  @OptionGroup var decoding: DecodingOptions
  @OptionGroup var compute: ComputeOptions
  @OptionGroup var output: ResultOptions

  func validate() throws {
    try count.map { try requireCount($0, "--count", limit: 100_000) }
    try columns.map { try requireCount($0, "--columns", limit: 1000) }
  }

  func run() throws {
    compute.apply()
    var key = RandomKey(seed: UInt64(bitPattern: Int64(seed)))
    switch try source.open() {
    case let run as ImageRun:
      let codes = run.model.samplePrior(count ?? 64, using: &key)
      var sheet = try run.model.sampleSheet(codes: codes, columns: columns, title: "Samples")
      sheet.subtitle = run.caption
      try output.write(sheet.rendered(), named: "sample.png", of: run)
    case let run as SequenceRun where run.tokenizer != nil:
      let codes = run.model.samplePrior(count ?? 20, using: &key)
      let texts = run.texts(
        run.model.generate(
          from: codes, by: decoding.rule, maximumLength: decoding.limit(run), using: &key))
      try output.write(texts.map { [("text", $0)] }, of: run)
    case let run as SequenceRun:
      let codes = run.model.samplePrior(count ?? 12, using: &key)
      let samples = run.model.generate(
        from: codes, by: decoding.rule, maximumLength: decoding.limit(run), using: &key)
      try output.write(
        run.picture(of: samples, title: "Samples", subtitle: run.caption),
        named: "sample.png", of: run)
    default: break
    }
  }
}
