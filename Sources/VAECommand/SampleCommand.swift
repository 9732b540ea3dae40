import ArgumentParser
import VAEZoo

/// `vae sample`.
struct Sample: RunCommand {
  static let configuration = CommandConfiguration(
    abstract: "Draw new examples from a trained model.",
    discussion: """
      Pictures go into a PNG file; texts are printed, a line each, or written to --out.
      """)

  static let infersCodes = false

  @OptionGroup var source: RunArgument
  @Option(help: "How many; as many as make a sheet without it.")
  var count: Int?
  @Option(
    help: "Where codes come from: prior, or another sampler (see 'components sampler').")
  var sampler = "prior"
  @Option(help: "What the samples come from: another seed, other samples.")
  var seed = 0
  @OptionGroup var showing: ShowingOptions
  @OptionGroup var compute: ComputeOptions
  @OptionGroup var output: ResultOptions

  func validate() throws { try count.map { try requireCount($0, "--count", limit: 100_000) } }

  func act<D: Domain>(on run: Run<D>) throws {
    compute.apply()
    var key = RandomKey(seed: UInt64(bitPattern: Int64(seed)))
    let part = try (ConfigurationValue(yaml: "sampler: \(sampler)")["sampler"] ?? "prior")
      .decoded(over: ComponentConfiguration("prior"), at: ["sampler"])
    let samples = try run.samples(
      count, from: part, showing.showing(for: run), using: &key)
    try output.write(samples, named: "sample", in: run.folder)
  }
}
