import Foundation
import TensorCore

/// Serves one workload: each line read from standard input is answered by one round.
///
/// A line of its own JSON object a round; `torch_steps.py` answers in the same way.
func serve(_ workload: Workload, seconds: Double) {
  var train = Training(workload)
  for _ in 0..<3 { _ = train() }
  let clock = ContinuousClock()
  func time(_ steps: Int) -> Double {
    clock.measure { for _ in 0..<steps { _ = train() } } / .seconds(1) / Double(steps)
  }
  let steps = max(1, Int(seconds / time(3)))
  _ = time(steps)
  let (blocks, megabytes) = (MemoryPool.systemAllocations, peakMegabytes())
  var products: [() -> Void] = []
  while readLine() != nil {
    let seconds = time(steps)
    let newBlocks = products.isEmpty ? MemoryPool.systemAllocations - blocks : nil
    // The products have memory of their own, which is not the training's.
    if products.isEmpty { products = workload.products.map { $0.prepared().all } }
    let round = Round(
      seconds: seconds, megabytes: megabytes,
      productSeconds: products.reduce(0) { $0 + bestSeconds(rounds: 3, $1) },
      newBlocks: newBlocks)
    guard let line = try? JSONEncoder().encode(round) else { return }
    FileHandle.standardOutput.write(line + Data("\n".utf8))
  }
}

/// What a server tells of one round.
struct Round: Codable {
  /// Seconds a step.
  let seconds: Double
  /// Largest resident memory of the training process.
  let megabytes: Double
  /// The step's products alone; only ours tells.
  let productSeconds: Double?
  /// Blocks of memory asked of the system since the warm-up; only our first round tells.
  let newBlocks: Int?
}

private func peakMegabytes() -> Double {
  var usage = rusage()
  let ownProcess: Int32 = 0  // RUSAGE_SELF, which Linux and Darwin type differently
  getrusage(ownProcess, &usage)
  return Double(usage.ru_maxrss) / 1024
}

/// Prints what each layer's products cost.
func printLayers(_ workload: Workload) {
  print("\(workload.name): forward | all products of a step")
  for product in workload.products {
    let run = product.prepared()
    let (forward, all) = (bestSeconds(run.forward), bestSeconds(run.all))
    let share = product.isFirst ? 2.0 : 3.0
    func text(_ seconds: Double, _ operations: Double) -> String {
      "\(number(seconds * 1e6, 0)) us \(number(operations / seconds * 1e-9, 0)) GFLOP/s"
    }
    print(
      "  \(product.description): \(text(forward, product.operations / share)) | "
        + text(all, product.operations))
  }
}

/// A number with a fixed count of decimals.
func number(_ value: Double, _ decimals: Int) -> String {
  String(format: "%.\(decimals)f", value)
}
