import ArgumentParser
import VAEZoo

/// `vae interpolate`.
struct Interpolate: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Print the texts between two, along a straight line of codes.")

  @OptionGroup var source: RunArgument
  @Option(help: "The text to start from.")
  var from: String
  @Option(help: "The text to arrive at.")
  var to: String
  @Option(help: "Texts in all, both ends included.")
  var steps = 9
  @OptionGroup var decoding: DecodingOptions
  @OptionGroup var compute: ComputeOptions
  @OptionGroup var output: ResultOptions

  func validate() throws { try requireCount(steps, "--steps", limit: 10_000) }

  func run() throws {
    compute.apply()
    let run = try source.openText(for: "interpolate")
    var key = run.configuration.key(.pictures)
    let texts = run.interpolation(
      from: try code(of: from, "--from", run), to: try code(of: to, "--to", run), steps: steps,
      by: decoding.rule, maximumLength: decoding.limit(run), using: &key)
    try output.write(texts.map { [("text", $0)] }, of: run)
  }

  private func code(of text: String, _ option: String, _ run: SequenceRun) throws -> Tensor {
    do {
      return try run.codes(of: text)
    } catch {
      throw Failure(65, "\(option): \(error)")
    }
  }
}
