import ArgumentParser
import VAEZoo

/// `vae interpolate`.
struct Interpolate: RunCommand {
  static let configuration = CommandConfiguration(
    abstract: "Show what lies between two examples, along a straight line of codes.",
    discussion: """
      The two are held-out examples chosen at random, or texts that --from and --to give.
      """)

  @OptionGroup var source: RunArgument
  @OptionGroup var data: DataArguments
  @Option(help: "The text to start from.")
  var from: String?
  @Option(help: "The text to arrive at.")
  var to: String?
  @Option(help: "Steps in all, both ends included.")
  var steps = 9
  @OptionGroup var showing: ShowingOptions
  @OptionGroup var compute: ComputeOptions
  @OptionGroup var output: ResultOptions

  func validate() throws {
    try requireCount(steps, "--steps", limit: 10_000)
    guard (from == nil) == (to == nil) else {
      throw ValidationError("--from and --to go together; give both")
    }
  }

  func act<D: Domain>(on run: Run<D>) throws {
    compute.apply()
    let showing = try showing.showing(for: run)
    let (first, last) = try ends(of: run)
    var key = run.configuration.key(.pictures)
    let between = try run.interpolation(
      from: first, to: last, steps: steps, showing, using: &key)
    try output.write(between, named: "interpolation", in: run.folder)
  }

  private func ends<D: Domain>(of run: Run<D>) throws -> (Tensor, Tensor) {
    if let from, let to {
      return (try code(of: from, "--from", run), try code(of: to, "--to", run))
    }
    let (name, batch) = try data.examples(2, for: run)
    guard batch.count == 2 else {
      throw Failure(
        65, "\(name == "all" ? "the data" : "the \(name) part") has fewer than 2 examples")
    }
    let codes = run.model.codes(of: batch.observations)
    return (codes.sliced(along: 0, 0..<1), codes.sliced(along: 0, 1..<2))
  }

  private func code<D: Domain>(
    of text: String, _ option: String, _ run: Run<D>
  ) throws -> Tensor {
    do {
      guard let x = try run.domain.observation(written: text) else {
        throw Failure(
          65, "\(source.run): \(D.name) cannot be read from a text; leave \(option) out")
      }
      return run.model.codes(of: x)
    } catch let failure as Failure {
      throw failure
    } catch {
      throw Failure(65, "\(option): \(error)")
    }
  }
}
