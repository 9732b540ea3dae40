import Foundation
import TensorCore

/// A process that times rounds of training steps when asked.
final class Server {
  let name: String
  private let process = Process()
  private let requests = Pipe()
  private let answers = Pipe()
  private(set) var rounds: [Round] = []

  init(_ name: String, _ executable: String, _ arguments: [String]) throws {
    self.name = name
    process.executableURL = URL(fileURLWithPath: executable)
    process.arguments = arguments
    process.standardInput = requests
    process.standardOutput = answers
    try process.run()
  }

  /// Asks for a round and waits for it; false when the process has ended.
  func round() -> Bool {
    requests.fileHandleForWriting.write(Data("\n".utf8))
    var line = Data()
    while true {
      let byte = answers.fileHandleForReading.readData(ofLength: 1)
      if byte.isEmpty { return false }
      if byte == Data("\n".utf8) { break }
      line += byte
    }
    guard let round = try? JSONDecoder().decode(Round.self, from: line) else { return false }
    rounds.append(round)
    return true
  }

  func stop() {
    try? requests.fileHandleForWriting.close()
    process.waitUntilExit()
  }

  /// Of the best round.
  var seconds: Double { rounds.map(\.seconds).min() ?? .nan }
  /// The largest.
  var megabytes: Double { rounds.map(\.megabytes).max() ?? .nan }
}

/// One line of the table.
struct Result: Codable {
  let workload: String
  let batch: Int
  let milliseconds: Double
  let examplesPerSecond: Double
  /// The step's products alone.
  let productMilliseconds: Double
  let gigaOperations: Double
  let peakMegabytes: Double
  let newBlocks: Int
  /// PyTorch's milliseconds a step by mode, and the best of them over ours.
  var torchMilliseconds: [String: Double] = [:]
  var ratio: Double?
}

/// Runs ours, and PyTorch where there is one, in turns: the machine's speed drifts.
func compare(
  _ workload: Workload, rounds: Int, seconds: Double, torch: String?, script: String
) throws -> Result {
  let options = ["--seconds", "\(seconds)"]
  let ours = try Server(
    "ours", CommandLine.arguments[0], ["--serve", workload.name] + options)
  var peers: [Server] = []
  if let torch {
    for mode in ["eager", "compile"] {
      peers.append(try Server(mode, torch, [script, workload.name, mode] + options))
    }
  }
  for _ in 0..<rounds {
    for server in [ours] + peers where !server.round() {
      throw BenchmarkError(description: "\(server.name) ended early on \(workload.name)")
    }
  }
  for server in [ours] + peers { server.stop() }
  let batch = workload.batch.shape[0]
  var result = Result(
    workload: workload.name, batch: batch, milliseconds: ours.seconds * 1e3,
    examplesPerSecond: Double(batch) / ours.seconds,
    productMilliseconds: (ours.rounds.compactMap(\.productSeconds).min() ?? .nan) * 1e3,
    gigaOperations: workload.products.reduce(0) { $0 + $1.operations } * 1e-9,
    peakMegabytes: ours.megabytes, newBlocks: ours.rounds.compactMap(\.newBlocks).max() ?? 0)
  for peer in peers { result.torchMilliseconds[peer.name] = peer.seconds * 1e3 }
  result.ratio = peers.map { $0.seconds / ours.seconds }.min()
  return result
}

struct BenchmarkError: Error, CustomStringConvertible {
  let description: String
}
