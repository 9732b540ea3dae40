import ArgumentParser
import Foundation
import TensorCore

/// `StepBenchmark`: times workloads, and PyTorch's beside them.
@main
struct BenchmarkCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "StepBenchmark",
    abstract: "Time training steps and sampling, and PyTorch's in turns with them.",
    discussion: "A mode of PyTorch that fails, or is not ready in time, leaves a '-' in the table.")

  @Option(
    help: .init("A Python that has PyTorch: time it too, eager and compiled.", valueName: "path"))
  var torch: String?
  @Option(help: .init("What that Python runs.", valueName: "path"))
  var script = "Benchmarks/torch_steps.py"
  @Option(help: .init("Where all figures go.", valueName: "path"))
  var json: String?
  @Option(help: "Turns each.")
  var rounds = 5
  @Option(help: "The length of a turn.")
  var seconds = 1.0
  @Option(help: "How many seconds a mode of PyTorch may take to get ready, and for a turn.")
  var patience = 300.0
  @Flag(help: "Time the products of each layer instead.")
  var layers = false
  @Option(help: "Answer each line of standard input with one timed turn of this workload.")
  var serve: Workload?
  @Option(
    help: "How the products of the served workload read their operands.",
    transform: { text in
      guard let precision = Precision(rawValue: text) else {
        throw ValidationError("There is no precision '\(text)'; there are float32 and bfloat16.")
      }
      return precision
    })
  var precision = Precision.float32
  @Argument(help: "What is timed; everything unless told.")
  var workloads: [Workload] = Workload.allCases

  func validate() throws {
    guard rounds > 0 else { throw ValidationError("There must be at least one round.") }
    guard seconds > 0, patience > 0 else {
      throw ValidationError("The seconds and the patience must be positive.")
    }
    if let torch, !FileManager.default.isExecutableFile(atPath: torch) {
      throw ValidationError(
        "There is no program at '\(torch)'; --torch takes the path of a Python.")
    }
  }

  func run() throws {
    if let serve {
      StepBenchmark.serve(serve, in: precision, seconds: seconds)
    } else if layers {
      for workload in workloads { printLayers(workload) }
    } else {
      try compare()
    }
  }

  /// Prints each row as soon as it is known, and keeps the JSON as far as the table.
  private func compare() throws {
    let comparison = Comparison(
      torch: torch, script: script, rounds: rounds, seconds: seconds, patience: patience)
    let table = Table(showsTorch: torch != nil)
    say(table.head)
    var results: [Result] = []
    for workload in workloads {
      let result = try comparison.result(of: workload)
      say(table.row(result))
      results.append(result)
      guard let json else { continue }
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .prettyPrinted]
      encoder.keyEncodingStrategy = .convertToSnakeCase
      try encoder.encode(results).write(to: URL(fileURLWithPath: json))
    }
  }
}

extension Workload: ExpressibleByArgument {}

/// Prints a line at once, also into a pipe.
func say(_ line: String) { FileHandle.standardOutput.write(Data((line + "\n").utf8)) }
