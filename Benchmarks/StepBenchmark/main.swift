// Times training steps: StepBenchmark [options] [workload ...]
//
//   --torch PYTHON   time PyTorch too, eager and compiled, in turns with ours
//   --script PATH    the script PYTHON runs
//   --json PATH      where the results go
//   --rounds N       turns each (5)
//   --seconds S      length of a turn (1)
//   --layers         time the products of each layer instead
//   --serve NAME     answer requests for rounds on standard input

import Foundation

var rounds = 5
var seconds = 1.0
var torch: String?
var script = "Benchmarks/torch_steps.py"
var json: String?
var served: String?
var showsLayers = false
var names: [String] = []

func workload(_ name: String) -> Workload {
  if let workload = Workload(name) { return workload }
  let known = Workload.names.joined(separator: ", ")
  FileHandle.standardError.write(
    Data("no workload is called '\(name)'; there are \(known)\n".utf8))
  exit(64)
}

/// Prints a line at once, also into a pipe.
func say(_ line: String) { FileHandle.standardOutput.write(Data((line + "\n").utf8)) }

var arguments = CommandLine.arguments.dropFirst()
while let argument = arguments.popFirst() {
  switch argument {
  case "--layers": showsLayers = true
  case "--torch": torch = arguments.popFirst()
  case "--script": script = arguments.popFirst() ?? script
  case "--json": json = arguments.popFirst()
  case "--serve": served = arguments.popFirst()
  case "--rounds": rounds = arguments.popFirst().flatMap(Int.init) ?? rounds
  case "--seconds": seconds = arguments.popFirst().flatMap(Double.init) ?? seconds
  default: names.append(argument)
  }
}
if names.isEmpty { names = Workload.names }

if let served {
  serve(workload(served), seconds: seconds)
} else if showsLayers {
  for name in names { printLayers(workload(name)) }
} else {
  let workloads = names.map(workload)
  let titles =
    ["workload", "ms a step", "examples/s", "products alone", "memory"]
    + (torch == nil ? [] : ["PyTorch eager", "compiled", "times as fast"])
  func row(_ cells: [String]) -> String { "| \(cells.joined(separator: " | ")) |" }
  say(row(titles))
  say(row(titles.map { _ in "---" }))
  var results: [Result] = []
  for workload in workloads {
    let result = try compare(
      workload, rounds: rounds, seconds: seconds, torch: torch, script: script)
    results.append(result)
    var cells = [
      result.workload, number(result.milliseconds, 2), number(result.examplesPerSecond, 0),
      "\(number(result.productMilliseconds, 2)) ms", "\(number(result.peakMegabytes, 0)) MB",
    ]
    if let ratio = result.ratio {
      for mode in ["eager", "compile"] {
        cells.append("\(number(result.torchMilliseconds[mode] ?? .nan, 2)) ms")
      }
      cells.append(number(ratio, 2))
    }
    say(row(cells))
  }
  if let json {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted]
    encoder.keyEncodingStrategy = .convertToSnakeCase
    try encoder.encode(results).write(to: URL(fileURLWithPath: json))
  }
}
