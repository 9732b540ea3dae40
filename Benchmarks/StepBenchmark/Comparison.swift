import Foundation
import TensorCore

/// Runs ours, and PyTorch where there is one, in turns: a machine's speed drifts.
struct Comparison {
  /// A Python that has PyTorch, and what it runs.
  let torch: String?
  let script: String
  /// Turns each, and the seconds of one.
  let rounds: Int
  let seconds: Double
  /// How many seconds a contender may say nothing.
  let patience: Double

  func result(of workload: Workload) throws -> Result {
    signal(SIGPIPE, SIG_IGN)  // a contender that has ended is noticed by its silence
    let options = ["--seconds", "\(seconds)"]
    func own(_ precision: Precision) throws -> Contender {
      try Contender(
        CommandLine.arguments[0],
        ["--serve", workload.name, "--precision", precision.rawValue] + options,
        patience: patience)
    }
    let ours = try own(.float32)
    // Without units for it, bfloat16 would be float32 again.
    let rounded = Precision.bfloat16.isFast ? try own(.bfloat16) : nil
    var peers: [(mode: TorchMode, contender: Contender)] = []
    if let torch {
      for mode in TorchMode.all {
        let arguments =
          [script, workload.name, mode.execution, "--precision", mode.precision]
          + ["--threads", "\(Threads.count)"] + options
        peers.append((mode, try Contender(torch, arguments, patience: patience)))
      }
    }
    let contenders = [ours] + (rounded.map { [$0] } ?? []) + peers.map(\.contender)
    // Where one step outlasts a turn, fewer turns must do.
    for _ in 0..<rounds {
      for contender in contenders { contender.takeTurn(limit: 3 * Double(rounds) * seconds) }
    }
    for contender in contenders { contender.stop() }
    guard
      let result = Result(
        workload, ours: ours.rounds, rounded: rounded?.rounds ?? [],
        torch: peers.map { ($0, $1.rounds) })
    else { throw BenchmarkError(description: "\(workload.name) ended early") }
    return result
  }
}

/// One of the ways in which PyTorch runs a workload.
struct TorchMode {
  /// The format of its products: "float32", or "bfloat16" under automatic casts.
  let precision: String
  /// "eager" or "compile".
  let execution: String

  static let all = ["float32", "bfloat16"].flatMap { precision in
    ["eager", "compile"].map { TorchMode(precision: precision, execution: $0) }
  }

  /// Its key in the JSON.
  var name: String { "\(precision)_\(execution)" }
}

struct BenchmarkError: Error, CustomStringConvertible {
  let description: String
}
