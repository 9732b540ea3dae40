import ArgumentParser
import VAEZoo

/// `vae reconstruct`.
struct Reconstruct: RunCommand {
  static let configuration = CommandConfiguration(
    abstract: "Show examples and what a trained model makes of each.",
    discussion: """
      Pictures go into a PNG file; pairs of texts are printed, or written to --out.
      """)

  @OptionGroup var source: RunArgument
  @OptionGroup var data: DataArguments
  @Option(help: "How many; as many as make a sheet without it.")
  var count: Int?
  @OptionGroup var showing: ShowingOptions
  @OptionGroup var compute: ComputeOptions
  @OptionGroup var output: ResultOptions

  func validate() throws { try count.map { try requireCount($0, "--count", limit: 10_000) } }

  func act<D: Domain>(on run: Run<D>) throws {
    compute.apply()
    let showing = try showing.showing(for: run)
    let (name, batch) = try data.examples(count ?? D.counts.pairs, for: run)
    var key = run.configuration.key(.pictures)
    let pairs = try run.reconstructions(
      of: batch.observations, showing, subtitle: "\(name) \(D.name); \(run.caption)", using: &key)
    try output.write(pairs, named: "reconstruction", in: run.folder)
  }
}
